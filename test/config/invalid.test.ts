import { join } from 'node:path';
import { loadConfig } from '../../src/config';
import { lineOf } from '../../src/config/toml-lines';
import { configDir, thrownBy, type ConfigDir } from './config-dir';

let files: ConfigDir;

beforeEach(() => {
  files = configDir();
});
afterEach(() => files.remove());

/** The refusal of a configuration with this text, without the path of the file. */
function refusal(toml: string | Buffer): { code: string; message: string; details: object } {
  const path = files.put('ferry.toml', toml);
  const { code, message, details } = thrownBy(() => loadConfig({ env: files.env, cwd: files.dir }));
  return { code, message: message.replaceAll(path, 'ferry.toml'), details };
}

const ACCOUNT = 'defaultAccount = "acme"\n\n[accounts.acme]\naccountId = "1"\n';

test.each([
  ['a key at the top', 'defaultAcount = "a"\n', 1, 'there is no key defaultAcount; did you mean defaultAccount?'],
  [
    'a key of an account',
    `${ACCOUNT}enable_file_sharing = true\n`,
    5,
    'there is no key accounts.acme.enable_file_sharing; did you mean enableFileSharing?',
  ],
  [
    'a key in an inline table',
    `${ACCOUNT}\nfiles = { type = ["JPG"] }\n`,
    6,
    'there is no key accounts.acme.files.type; did you mean types?',
  ],
  [
    'a key of a sub-table',
    `${ACCOUNT}[accounts.acme.directories]\nsource = ["/a"]\n`,
    6,
    'there is no key accounts.acme.directories.source; did you mean sources?',
  ],
  [
    'a key that resembles none',
    `${ACCOUNT}colour = 1\n`,
    5,
    'there is no key accounts.acme.colour; the keys here are accountId, domain, plaintext, caFile, trustedHosts, enableFileSharing, login, consumer, skillId, files, refusals, directories, limits.',
  ],
  [
    'a password',
    `${ACCOUNT}login = { username = "ops", password = "hunter2" }\n`,
    5,
    'accounts.acme.login.password is not a key: this file does not hold secrets; use one of passwordEnv, passwordFile, apiKeyFile.',
  ],
])('%s that does not exist is refused with its line and what was meant', (_what, toml, line, sentence) => {
  const { code, message, details } = refusal(toml);
  expect(code).toBe('CONFIG_INVALID');
  expect(message.split('\n')[0]).toBe(`ferry.toml, line ${line}: ${sentence}`);
  expect(details).toMatchObject({ path: join(files.dir, 'ferry.toml'), line });
  expect(message).not.toContain('hunter2');
});

test.each([
  [
    'accountId = 12345678',
    'accountId must be the LivePerson account id in quotes, such as "12345678", but it is a number.',
  ],
  [
    'accountId = ""',
    'accountId must be the LivePerson account id in quotes, such as "12345678", but it is an empty text.',
  ],
  [
    'domain = "https://api.liveperson.net"',
    'domain must be a host or host:port in quotes, without https://, but it is another text.',
  ],
  ['enableFileSharing = "yes"', 'enableFileSharing must be true or false, but it is another text.'],
  ['plaintext = true', 'plaintext may be true only where domain is on this machine (localhost, 127.0.0.1, [::1]).'],
  ['login = "ops"', 'login must be a table, but it is another text.'],
  ['login = { passwordEnv = "PW" }', 'login.username is missing; it must be a text in quotes.'],
  ['login = { username = "ops" }', 'login needs exactly one of passwordEnv, passwordFile and apiKeyFile.'],
  [
    'login = { username = "o", passwordEnv = "A", passwordFile = "b" }',
    'login needs exactly one of passwordEnv, passwordFile and apiKeyFile.',
  ],
  [
    'consumer = { mode = "guest" }',
    'consumer.mode must be "signup", "anonymous" or "authenticated", but it is another text.',
  ],
  [
    'consumer = { name = "a b" }',
    'consumer.name must be a name of at most 100 characters without spaces or "/", in quotes, but it is another text.',
  ],
  ['consumer = { mode = "anonymous" }', 'consumer needs a connectorId in mode "anonymous".'],
  ['consumer = { connectorId = "1" }', 'consumer takes connectorId in mode "anonymous" only.'],
  [
    'consumer = { mode = "authenticated" }',
    'consumer needs exactly one of tokenFile, tokenEnv and tokenCommand in mode "authenticated".',
  ],
  [
    'consumer = { tokenEnv = "T" }',
    'consumer takes tokenFile, tokenEnv and tokenCommand in mode "authenticated" only.',
  ],
  [
    'consumer = { mode = "authenticated", tokenCommand = "get-token" }',
    'consumer.tokenCommand must be a list of texts: program and arguments, but it is another text.',
  ],
  [
    'files = { maxBytes = "3 MB" }',
    'files.maxBytes must be a whole number of bytes above 0, without quotes, but it is another text.',
  ],
  [
    'files = { maxBytes = 0 }',
    'files.maxBytes must be a whole number of bytes above 0, without quotes, but it is a number.',
  ],
  [
    'files = { maxBytes = 1.5 }',
    'files.maxBytes must be a whole number of bytes above 0, without quotes, but it is a number.',
  ],
  [
    'files = { types = ["JPG", "BMP"] }',
    'files.types.1 must be one of JPG, JPEG, PNG, GIF, PDF, DOCX, XLSX, PPTX, TXT, but it is another text.',
  ],
  [
    'refusals = "none"',
    'refusals must be a table of error numbers and what they mean, such as { 40377 = "TOO_LARGE" }, but it is another text.',
  ],
  [
    'refusals = { 40377 = "DONE" }',
    'refusals.40377 must be one of OBJECT_MISSING, MESSAGING_UNAVAILABLE, THROTTLED, TOKEN_EXPIRED, ACCOUNT_BLOCKED, FILE_SHARING_OFF, CONVERSATION_UNKNOWN, CONVERSATION_CLOSED, NOT_PARTICIPANT, REQUEST_REFUSED, TYPE_NOT_ALLOWED, TOO_LARGE, but it is another text.',
  ],
  [
    'refusals = { 200 = "TOO_LARGE" }',
    'refusals.200 is not the number of a refusal: such a number is a code from 400 to 599, or an errorCode of four to nine digits.',
  ],
  [
    'directories = { sources = "/data" }',
    'directories.sources must be a list of paths in quotes, but it is another text.',
  ],
])('the value in %s is refused with what is expected', (assignment, sentence) => {
  const toml = `# a comment\n[accounts.acme]\n${assignment.startsWith('accountId') ? '' : 'accountId = "1"\n'}${assignment}\n`;
  const line = assignment.startsWith('accountId') ? 3 : 4;
  expect(refusal(toml).message).toBe(`ferry.toml, line ${line}: accounts.acme.${sentence}`);
});

test('a missing key is said at the line of its table', () => {
  expect(refusal('\n\n[accounts.acme]\nskillId = "1"\n').message).toBe(
    'ferry.toml, line 3: accounts.acme.accountId is missing; it must be the LivePerson account id in quotes, such as "12345678".',
  );
});

test('all faults are said at once, in the order of their lines', () => {
  const { message } = refusal('defaultAcount = "x"\n[accounts.a]\nskillId = 1\naccountId = "1"\nfoo = 1\n');
  expect(message.split('\n').map((line) => line.replace(/: .*/, ''))).toEqual([
    'ferry.toml, line 1',
    'ferry.toml, line 3',
    'ferry.toml, line 5',
  ]);
});

test('a default account that does not exist is refused, unless it is the one that ferry up brings', () => {
  expect(refusal('defaultAccount = "amce"\n[accounts.acme]\naccountId = "1"\n').message).toBe(
    'ferry.toml, line 1: defaultAccount names no account of this file (they are acme).',
  );
  files.put('ferry.toml', 'defaultAccount = "sandbox"\n');
  expect(loadConfig({ env: files.env, cwd: files.dir }).defaultAccount).toBe('sandbox');
});

test('An account cannot have a name that no workflow id can hold', () => {
  expect(refusal('[accounts."a/b"]\naccountId = "1"\n').message).toContain(
    'line 1: accounts.a/b cannot be the name of an account',
  );
});

test.each([
  ['[accounts.acme\naccountId = "1"\n', 1],
  ['a = 1\nb = "unfinished\n', 2],
  ['a = 1\na = 2\n', 2],
  ['a = 1\n\nhunter2\n', 3],
])(
  'A file that is not TOML is refused with line and column, and the message does not show the line: %j',
  (toml, line) => {
    const { code, message } = refusal(toml);
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toMatch(new RegExp(`^ferry\\.toml, line ${line}, column \\d+: this is not TOML: .+\\.$`));
    expect(message).not.toContain('hunter2');
  },
);

test('lines are found under dotted and quoted keys, and not inside texts of several lines', () => {
  const toml = `[accounts]
"a.b".login.username = "x"
note = """
skillId = 1
"""
[ accounts . 'c' ]
skillId = '1'
`;
  expect(lineOf(toml, ['accounts', 'a.b', 'login', 'username'])).toBe(2);
  expect(lineOf(toml, ['accounts', 'a.b', 'login', 'passwordEnv'])).toBe(1);
  expect(lineOf(toml, ['accounts', 'skillId'])).toBe(1);
  expect(lineOf(toml, ['accounts', 'c', 'skillId'])).toBe(7);
  expect(lineOf(toml, ['accounts', 'c', 'files', 'types', 0])).toBe(6);
});

test.each([
  ['requests = 0', 'a whole number from 1 to 1000, without quotes, but it is a number'],
  ['bytesPerSecond = "10"', 'an amount with its unit (B, K, M, G) in quotes, such as "10M", or "off"'],
  [
    'timetable = "8:00,2M"',
    'times with amounts in quotes, such as "08:00,2M 19:00,20M" or "Mon-08:00,2M Sat-00:00,off"',
  ],
])('the limit %s is refused with what it must be', (limit, sentence) => {
  const { code, message } = refusal(`${ACCOUNT}limits = { ${limit} }\n`);
  expect(code).toBe('CONFIG_INVALID');
  expect(message.split('\n')[0]).toBe(
    `ferry.toml, line 5: accounts.acme.limits.${limit.split(' ')[0]} must be ${sentence}.`,
  );
});

test.each([
  ['UTF-16 with its mark', Buffer.from(`\ufeff${ACCOUNT}`, 'utf16le'), 'is UTF-16, or is not text.'],
  ['UTF-16 without a mark', Buffer.from(ACCOUNT, 'utf16le'), 'is UTF-16, or is not text.'],
  ['Latin-1', Buffer.from(`# fähre\n${ACCOUNT}`, 'latin1'), 'is not UTF-8.'],
])('A ferry.toml in %s is refused in one sentence.', (_encoding, bytes, end) => {
  expect(refusal(bytes)).toMatchObject({ code: 'CONFIG_INVALID', message: `The configuration ferry.toml ${end}` });
});
