import { z } from 'zod';
import { A_PATH, A_TEXT, A_VARIABLE, table, text, texts } from './schema-fields';

/** `login` of an account. */
export const loginSchema = table(
  'Who may read and switch the site property. Without it the step `enable` is skipped.',
  {
    username: text({
      type: A_TEXT,
      required: true,
      meaning: 'User name of an administrator of the account; with an OAuth 2.0 client that of its bot user.',
    }),
    passwordEnv: text({
      type: A_VARIABLE,
      meaning: 'Environment variable of the worker that holds the password.',
    }).optional(),
    passwordFile: text({
      type: A_PATH,
      meaning: 'File of mode 0600 that holds the password.',
    }).optional(),
    apiKeyFile: text({
      type: A_PATH,
      meaning:
        'File of mode 0600, JSON or TOML, with `clientId` and `clientSecret` of an OAuth 2.0 client; instead of a password. An old API key (`appKey`, `secret`, `accessToken`, `accessTokenSecret`) still works where LivePerson takes it.',
    }).optional(),
  },
).superRefine((value, context) => {
  const given = [value.passwordEnv, value.passwordFile, value.apiKeyFile].filter((one) => one !== undefined);
  if (given.length !== 1) {
    context.addIssue({ code: 'custom', message: 'needs exactly one of passwordEnv, passwordFile and apiKeyFile' });
  }
});

const CONSUMER_PATTERN = /^[^\s/\0]{1,100}$/;

const MODES = ['signup', 'anonymous', 'authenticated'] as const;
const A_MODE = '"signup", "anonymous" or "authenticated"';

/** `consumer` of an account. */
export const consumerSchema = table('The LivePerson identity that transfers speak as.', {
  mode: z
    .enum(MODES, { error: A_MODE })
    .meta({ type: A_MODE, default: '"signup"', meaning: 'How the consumer gets its token.' })
    .optional(),
  name: text(
    {
      type: 'a name of at most 100 characters without spaces or "/", in quotes',
      default: '"ferry"',
      meaning: 'Name of the consumer where none is given with `--consumer`.',
    },
    CONSUMER_PATTERN,
  ).optional(),
  connectorId: text({
    type: A_TEXT,
    meaning: 'Connector of the unauthenticated flow; for mode `anonymous` only, and required there.',
  }).optional(),
  tokenFile: text({
    type: A_PATH,
    meaning: 'File of mode 0600 with the JWT or code that your identity provider issues; for mode `authenticated`.',
  }).optional(),
  tokenEnv: text({
    type: A_VARIABLE,
    meaning: 'Environment variable of the worker with the JWT or code; for mode `authenticated`.',
  }).optional(),
  tokenCommand: z
    .array(text({ type: A_TEXT, meaning: '' }), { error: 'a list of texts: program and arguments' })
    .min(1, { error: 'a list of texts: program and arguments' })
    .meta({
      type: 'a list of texts: program and arguments',
      meaning:
        'Prints the JWT or code of the consumer named in `FERRY_CONSUMER`, within 30 s; for mode `authenticated`.',
    })
    .optional(),
  tokenCommandEnv: texts({
    type: 'a list of names of environment variables in quotes',
    meaning:
      'Variables of the worker that `tokenCommand` gets besides `PATH`, `HOME`, the language and the proxy. Others, which may hold secrets, it does not get.',
  }).optional(),
  consumers: texts(
    {
      type: 'a list of names in quotes, in which "*" stands for any letters',
      meaning:
        'Consumers that `tokenCommand` may be asked for, such as `"ops-*"`; others are refused. Without it: any, so everybody who may start a transfer can speak as anybody.',
    },
    CONSUMER_PATTERN,
  )
    .min(1, { error: 'a list of names in quotes' })
    .optional(),
}).superRefine((value, context) => {
  for (const message of consumerFaults(value)) context.addIssue({ code: 'custom', message });
});

interface RawConsumer {
  readonly mode?: (typeof MODES)[number] | undefined;
  readonly connectorId?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly tokenEnv?: string | undefined;
  readonly tokenCommand?: readonly string[] | undefined;
  readonly consumers?: readonly string[] | undefined;
  readonly tokenCommandEnv?: readonly string[] | undefined;
}

/** Each mode requires its own keys and refuses those of the other modes. */
const NEEDS: Readonly<Record<(typeof MODES)[number], 'connectorId' | 'token' | 'nothing'>> = {
  signup: 'nothing',
  anonymous: 'connectorId',
  authenticated: 'token',
};

function consumerFaults(value: RawConsumer): string[] {
  const needs = NEEDS[value.mode ?? 'signup'];
  const tokens = [value.tokenFile, value.tokenEnv, value.tokenCommand].filter((one) => one !== undefined).length;
  const faults: string[] = [];
  if (needs === 'connectorId' && value.connectorId === undefined)
    faults.push('needs a connectorId in mode "anonymous"');
  if (needs !== 'connectorId' && value.connectorId !== undefined)
    faults.push('takes connectorId in mode "anonymous" only');
  if (needs === 'token' && tokens !== 1) {
    faults.push('needs exactly one of tokenFile, tokenEnv and tokenCommand in mode "authenticated"');
  }
  if (needs !== 'token' && tokens > 0) {
    faults.push('takes tokenFile, tokenEnv and tokenCommand in mode "authenticated" only');
  }
  if (value.tokenCommand === undefined && (value.consumers ?? value.tokenCommandEnv) !== undefined) {
    faults.push('takes consumers and tokenCommandEnv together with tokenCommand only');
  }
  return faults;
}
