import { z } from 'zod';
import { isLoopback } from '../lib/loopback';
import { A_PATH, A_TEXT, flag, table, text, texts, whole } from './schema-fields';
import { consumerSchema, loginSchema } from './schema-identity';
import { limitsSchema } from './schema-limits';
import { notifySchema } from './schema-notify';
import { refusalsSchema } from './schema-refusals';

const ACCOUNT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

const FILE_TYPES = ['JPG', 'JPEG', 'PNG', 'GIF', 'PDF', 'DOCX', 'XLSX', 'PPTX', 'TXT'] as const;

const ADDRESS = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/;

const AN_ADDRESS = 'host:port in quotes, such as "127.0.0.1:9465"';
const A_WAY_OF_KEEPING = '"clear" or "sealed"';
const A_TYPE_LIST = `a list of file types: ${FILE_TYPES.join(', ')}`;
const A_NUMBER_OF_SLOTS = 'a whole number from 1 to 64, without quotes';
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
  maxBytes: whole({ type: A_SIZE, default: '3000000', meaning: 'Largest file.' }).optional(),
  maxFetchBytes: whole({
    type: A_SIZE,
    default: '100000000',
    meaning:
      'Largest object that `ferry fetch` takes from storage. Files that a transfer of this host sent are exempt.',
  }).optional(),
  fetchedMode: text(
    {
      type: 'permissions in quotes, in octal and without those to execute, such as "0640"',
      default: '"0600"',
      meaning: 'Permissions of fetched files.',
    },
    /^0?[46][0246][0246]$/,
  ).optional(),
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
    meaning: 'PEM file of a certificate authority to trust for this account.',
  }).optional(),
  trustedHosts: texts(
    {
      type: 'a list of hosts in quotes',
      default: '[]',
      meaning:
        'Hosts to trust besides `domain`, `liveperson.net` (port 443) and, with files only, `lpsnmedia.net` (port 443).',
    },
    HOST,
  ).optional(),
  enableFileSharing: flag({
    type: 'true or false',
    default: 'false',
    meaning: 'Let Ferry switch file sharing on where it is off. This changes it for the WHOLE site.',
  }).optional(),
  login: loginSchema.optional(),
  consumer: consumerSchema.optional(),
  skillId: text({
    type: A_TEXT,
    default: '"-1"',
    meaning: 'Skill that a new conversation is routed to; "-1" is all.',
  }).optional(),
  files: files.optional(),
  refusals: refusalsSchema.optional(),
  directories: directories.optional(),
  limits: limitsSchema.optional(),
}).superRefine((value, context) => {
  if (value.plaintext === true && !isLoopback(value.domain ?? '')) {
    const message = 'may be true only where domain is on this machine (localhost, 127.0.0.1, [::1])';
    context.addIssue({ code: 'custom', path: ['plaintext'], message });
  }
});

const accounts = z.record(z.string(), accountSchema, { error: 'a table of accounts' }).superRefine((value, context) => {
  for (const name of Object.keys(value).filter((one) => !ACCOUNT_NAME.test(one))) {
    const message =
      'cannot be the name of an account: a name has letters, digits, ".", "_" and "-", and begins with a letter or digit';
    context.addIssue({ code: 'custom', path: [name], message });
  }
});

/** The schema of ferry.toml. */
export const configSchema = table('', {
  defaultAccount: text({
    type: 'the name of an account in quotes',
    meaning: 'Account to use where none is given with `--account`. Not needed with a single account.',
  }).optional(),
  sealKeyFile: text({
    type: A_PATH,
    meaning:
      'File of mode 0600 with the seal keys, base64 of 32 bytes each, one a line: the first seals, all open. The environment variable `FERRY_SEAL_KEY` goes first.',
  }).optional(),
  byteSlots: whole(
    {
      type: A_NUMBER_OF_SLOTS,
      default: '4',
      meaning:
        'How many transfers of one worker move bytes at the same time. Eight files of up to 64 KiB count as one.',
    },
    64,
  ).optional(),
  payloads: z
    .enum(['clear', 'sealed'], { error: A_WAY_OF_KEEPING })
    .meta({
      type: A_WAY_OF_KEEPING,
      default: '"clear"',
      meaning:
        'How inputs and results are stored in your own Temporal server. "sealed": they are encrypted, and workers refuse inputs that were not sealed with the same key; clients and workers need `payloadKeyFile`. Under `ferry up` they are always sealed.',
    })
    .optional(),
  payloadKeyFile: text({
    type: A_PATH,
    meaning:
      'File of mode 0600 with the keys for `payloads = "sealed"`, written as in `sealKeyFile`; use other keys than there. The environment variable `FERRY_PAYLOAD_KEY` goes first.',
  }).optional(),
  healthAddress: text(
    {
      type: AN_ADDRESS,
      meaning:
        'Where a worker serves `/livez` and `/readyz` for probes. On a loopback address only requests that name this machine are answered.',
    },
    ADDRESS,
  ).optional(),
  auditAnchor: text({
    type: A_PATH,
    meaning:
      'File to which a worker appends the heads of its receipts and audit lines; without it, `anchors.jsonl` in the state directory. If this file is on another disk or machine, it reveals when the end of a receipts or audit file was cut off.',
  }).optional(),
  metricsAddress: text(
    {
      type: AN_ADDRESS,
      meaning: 'Where a worker serves `/metrics` for Prometheus. It may be the same as `healthAddress`.',
    },
    ADDRESS,
  ).optional(),
  notify: notifySchema.optional(),
  accounts: accounts.optional(),
}).superRefine((value, context) => {
  const names = Object.keys(value.accounts ?? {});
  const wanted = value.defaultAccount;
  // A running `ferry up` adds the account "sandbox", so this name is valid although the file does not have it.
  if (wanted === undefined || wanted === 'sandbox' || names.includes(wanted)) return;
  const there = names.length === 0 ? 'there are none' : `they are ${names.join(', ')}`;
  context.addIssue({ code: 'custom', path: ['defaultAccount'], message: `names no account of this file (${there})` });
});

export type RawConfig = z.infer<typeof configSchema>;
export type RawAccount = z.infer<typeof accountSchema>;
