import { z } from 'zod';
import { NOTICE_REASONS } from '../contract';
import { NOTICE_FORMATS } from '../notify/types';
import { A_PATH, A_VARIABLE, table, text, texts } from './schema-fields';

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

const A_FORMAT = `one of ${quoted(NOTICE_FORMATS)}`;
const A_REASON_LIST = `a list of ${quoted(NOTICE_REASONS)}`;

/** One `[[notify]]` table. */
const destination = table('A webhook that notifies people. There may be several.', {
  name: text(
    {
      type: 'a name of letters, digits, ".", "_" and "-", in quotes',
      required: true,
      meaning: 'Name of the receiver, for `ferry notify test NAME`.',
    },
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  ),
  format: z
    .enum(NOTICE_FORMATS, { error: A_FORMAT })
    .meta({
      type: A_FORMAT,
      default: '"standard"',
      meaning: 'Form of the message: a Standard Webhook, an incoming webhook of Slack, or a workflow of Teams.',
    })
    .optional(),
  url: text({
    type: 'a URL in quotes',
    meaning:
      'URL of the receiver; https, or http to a host of `privateHosts`. URLs of Slack and Teams are secrets: name a file.',
  }).optional(),
  urlFile: text({ type: A_PATH, meaning: 'File of mode 0600 that holds the URL.' }).optional(),
  urlEnv: text({
    type: A_VARIABLE,
    meaning: 'Environment variable of the worker that holds the URL.',
  }).optional(),
  secretFile: text({
    type: A_PATH,
    meaning: 'File of mode 0600 with the secret that signs: `whsec_` and base64. Required for format `standard`.',
  }).optional(),
  secretEnv: text({
    type: A_VARIABLE,
    meaning: 'Environment variable of the worker that holds the secret, instead of `secretFile`.',
  }).optional(),
  on: z
    .array(z.enum(NOTICE_REASONS, { error: `one of ${quoted(NOTICE_REASONS)}` }), { error: A_REASON_LIST })
    .min(1, { error: A_REASON_LIST })
    .meta({ type: A_REASON_LIST, meaning: 'The reasons to notify about. Without it: all reasons.' })
    .optional(),
  accounts: texts({
    type: 'a list of accounts in quotes',
    meaning: 'Only what concerns these accounts. Without it: all.',
  }).optional(),
  privateHosts: texts(
    {
      type: 'a list of hosts in quotes',
      default: '[]',
      meaning:
        'Hosts that may have a private, loopback or link-local address, and may be spoken to by http. Any other is refused, also when its name resolves to such an address.',
    },
    /^[A-Za-z0-9.:-]+$/,
  ).optional(),
}).superRefine((value, context) => {
  const issue = (message: string) => context.addIssue({ code: 'custom', message });
  const urls = [value.url, value.urlFile, value.urlEnv].filter((one) => one !== undefined);
  const secrets = [value.secretFile, value.secretEnv].filter((one) => one !== undefined);
  if (urls.length !== 1) issue('needs exactly one of url, urlFile and urlEnv');
  if (secrets.length > 1) issue('needs only one of secretFile and secretEnv');
  if (secrets.length === 0 && (value.format ?? 'standard') === 'standard') {
    issue('needs secretFile or secretEnv, because its format is "standard"');
  }
});

export const notifySchema = z
  .array(destination, { error: 'a list of tables: [[notify]]' })
  .superRefine((value, context) => {
    const names = value.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) < index) {
        context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is the name of an earlier [[notify]]' });
      }
    }
  });

export type RawNotify = z.infer<typeof notifySchema>[number];
