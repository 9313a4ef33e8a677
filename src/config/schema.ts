import { z } from 'zod';

/** What a person is told about a key: in docs/configuration.md, and when its value is wrong. */
export interface KeyDoc {
  /** Completes "must be ...". */
  readonly type: string;
  /** As it would stand in the file; null: none, or see `required`. */
  readonly default: string | null;
  readonly required?: boolean;
  readonly meaning: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

export const FILE_TYPES = ['JPG', 'JPEG', 'PNG', 'GIF', 'PDF', 'DOCX', 'XLSX', 'PPTX', 'TXT'] as const;

function text(doc: KeyDoc, pattern: RegExp = /^[^\0]+$/) {
  return z
    .string({ error: doc.type })
    .regex(pattern, { error: doc.type })
    .meta({ ...doc });
}

function flag(doc: KeyDoc) {
  return z.boolean({ error: doc.type }).meta({ ...doc });
}

function texts(doc: KeyDoc, pattern?: RegExp) {
  return z.array(text({ ...doc, type: 'a text in quotes' }, pattern), { error: doc.type }).meta({ ...doc });
}

function table<Shape extends z.core.$ZodLooseShape>(meaning: string, shape: Shape) {
  return z.strictObject(shape, { error: 'a table' }).meta({ type: 'a table', default: null, meaning });
}

const A_TEXT = 'a text in quotes';
const A_PATH = 'a path in quotes';
const A_VARIABLE = 'the name of an environment variable in quotes';

const login = table('Who may read and switch the site property. Without it the step `enable` is skipped.', {
  username: text({
    type: A_TEXT,
    default: null,
    required: true,
    meaning: 'User name of an administrator of the account.',
  }),
  passwordEnv: text({
    type: A_VARIABLE,
    default: null,
    meaning: 'Environment variable of the worker that holds the password.',
  }).optional(),
  passwordFile: text({
    type: A_PATH,
    default: null,
    meaning: 'File of mode 0600 that holds the password.',
  }).optional(),
  apiKeyFile: text({
    type: A_PATH,
    default: null,
    meaning:
      'File of mode 0600, JSON or TOML, with `appKey`, `secret`, `accessToken` and `accessTokenSecret`; instead of a password.',
  }).optional(),
}).superRefine((value, context) => {
  const given = [value.passwordEnv, value.passwordFile, value.apiKeyFile].filter((one) => one !== undefined);
  if (given.length !== 1) {
    context.addIssue({ code: 'custom', message: 'needs exactly one of passwordEnv, passwordFile and apiKeyFile' });
  }
});

const MODES = ['signup', 'anonymous', 'authenticated'] as const;
const A_MODE = '"signup", "anonymous" or "authenticated"';

const consumer = table('The LivePerson identity that transfers speak as.', {
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
    /^[^\s/\0]{1,100}$/,
  ).optional(),
  connectorId: text({
    type: A_TEXT,
    default: null,
    meaning: 'Connector of the unauthenticated flow; for mode `anonymous` only, and required there.',
  }).optional(),
  tokenFile: text({
    type: A_PATH,
    default: null,
    meaning: 'File of mode 0600 with the JWT or code that your identity provider issues; for mode `authenticated`.',
  }).optional(),
  tokenEnv: text({
    type: A_VARIABLE,
    default: null,
    meaning: 'Environment variable of the worker with the JWT or code; for mode `authenticated`.',
  }).optional(),
  tokenCommand: z
    .array(text({ type: A_TEXT, default: null, meaning: '' }), { error: 'a list of texts: program and arguments' })
    .min(1, { error: 'a list of texts: program and arguments' })
    .meta({
      type: 'a list of texts: program and arguments',
      default: null,
      meaning:
        'Prints the JWT or code of the consumer named in `FERRY_CONSUMER`, within 30 s; for mode `authenticated`.',
    })
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
}

function consumerFaults(value: RawConsumer): string[] {
  const { mode = 'signup' } = value;
  const tokens = [value.tokenFile, value.tokenEnv, value.tokenCommand].filter((one) => one !== undefined).length;
  const faults: string[] = [];
  if (mode === 'anonymous' && value.connectorId === undefined) faults.push('needs a connectorId in mode "anonymous"');
  if (mode !== 'anonymous' && value.connectorId !== undefined)
    faults.push('takes connectorId in mode "anonymous" only');
  if (mode === 'authenticated' && tokens !== 1) {
    faults.push('needs exactly one of tokenFile, tokenEnv and tokenCommand in mode "authenticated"');
  }
  if (mode !== 'authenticated' && tokens > 0) {
    faults.push('takes tokenFile, tokenEnv and tokenCommand in mode "authenticated" only');
  }
  return faults;
}

const A_TYPE_LIST = `a list of file types: ${FILE_TYPES.join(', ')}`;
const A_SIZE = 'a whole number of bytes above 0, without quotes';

const files = table('Which files the account takes. These rules are checked before anything is sent.', {
  types: z
    .array(
      z
        .string({ error: A_TEXT })
        .toUpperCase()
        .pipe(z.enum(FILE_TYPES, { error: `one of ${FILE_TYPES.join(', ')}` })),
      { error: A_TYPE_LIST },
    )
    .min(1, { error: A_TYPE_LIST })
    .meta({
      type: A_TYPE_LIST,
      default: '["JPG", "JPEG", "PNG", "GIF"]',
      meaning: 'Types by content. LivePerson must allow them for the account, too.',
    })
    .optional(),
  maxBytes: z
    .int({ error: A_SIZE })
    .positive({ error: A_SIZE })
    .meta({ type: A_SIZE, default: '3000000', meaning: 'Largest file.' })
    .optional(),
});

const directories = table(
  'Where workers may read and write files for this account. Without it: anywhere on the embedded server, nowhere with another Temporal.',
  {
    sources: texts({
      type: 'a list of paths in quotes',
      default: '[]',
      meaning: 'Files may be sent from these directories and all below them.',
    }).optional(),
    targets: texts({
      type: 'a list of paths in quotes',
      default: '[]',
      meaning: 'Files may be fetched into these directories and all below them.',
    }).optional(),
  },
);

const accountSchema = table('One LivePerson account (site), under a name of your choice.', {
  accountId: text(
    {
      type: 'the LivePerson account id in quotes, such as "12345678"',
      default: null,
      required: true,
      meaning: 'Id of the account (site) at LivePerson.',
    },
    /^[A-Za-z0-9_-]{1,64}$/,
  ),
  domain: text(
    {
      type: 'a host or host:port in quotes, without https://',
      default: '"api.liveperson.net"',
      meaning: 'Domain discovery service; every other host of LivePerson is asked for there.',
    },
    HOST,
  ).optional(),
  plaintext: flag({
    type: 'true or false',
    default: 'false',
    meaning: 'Speak http and ws. Only for a loopback `domain`, such as the sandbox.',
  }).optional(),
  caFile: text({
    type: A_PATH,
    default: null,
    meaning: 'PEM file of a certificate authority to trust for this account.',
  }).optional(),
  trustedHosts: texts(
    {
      type: 'a list of hosts in quotes',
      default: '[]',
      meaning: 'Hosts to trust besides `domain`, `liveperson.net` and `lpsnmedia.net`.',
    },
    HOST,
  ).optional(),
  enableFileSharing: flag({
    type: 'true or false',
    default: 'false',
    meaning: 'Let Ferry switch file sharing on where it is off. This changes it for the WHOLE site.',
  }).optional(),
  login: login.optional(),
  consumer: consumer.optional(),
  skillId: text({
    type: A_TEXT,
    default: '"-1"',
    meaning: 'Skill that a new conversation is routed to; "-1" is all.',
  }).optional(),
  files: files.optional(),
  directories: directories.optional(),
}).superRefine((value, context) => {
  if (value.plaintext === true && !isLoopback(value.domain ?? '')) {
    const message = 'may be true only where domain is on this machine (localhost, 127.0.0.1, [::1])';
    context.addIssue({ code: 'custom', path: ['plaintext'], message });
  }
});

const accounts = z.record(z.string(), accountSchema, { error: 'a table of accounts' }).superRefine((value, context) => {
  for (const name of Object.keys(value).filter((one) => !NAME.test(one))) {
    const message = 'is no name for an account: letters, digits, ".", "_" and "-", beginning with a letter or digit';
    context.addIssue({ code: 'custom', path: [name], message });
  }
});

/** What may stand in ferry.toml. */
export const configSchema = table('', {
  defaultAccount: text({
    type: 'the name of an account in quotes',
    default: null,
    meaning: 'Account to use where none is given with `--account`. Not needed with a single account.',
  }).optional(),
  sealKeyFile: text({
    type: A_PATH,
    default: null,
    meaning:
      'File of mode 0600 with the seal keys, base64 of 32 bytes each, one a line: the first seals, all open. The environment variable `FERRY_SEAL_KEY` goes first.',
  }).optional(),
  accounts: accounts.optional(),
}).superRefine((value, context) => {
  const names = Object.keys(value.accounts ?? {});
  const wanted = value.defaultAccount;
  // A running `ferry up` brings the account "sandbox" with it, so that name is good without being in the file.
  if (wanted === undefined || wanted === 'sandbox' || names.includes(wanted)) return;
  const there = names.length === 0 ? 'there are none' : `they are ${names.join(', ')}`;
  context.addIssue({ code: 'custom', path: ['defaultAccount'], message: `names no account of this file (${there})` });
});

export type RawConfig = z.infer<typeof configSchema>;
export type RawAccount = z.infer<typeof accountSchema>;

/** Whether a `host[:port]` is this machine. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host);
}
