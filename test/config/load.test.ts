import { join } from 'node:path';
import { account, exampleConfig, loadConfig, loadUpConfig } from '../../src/config';
import { configDir, thrownBy, upFile, type ConfigDir } from './config-dir';

let files: ConfigDir;

beforeEach(() => {
  files = configDir();
});
afterEach(() => files.remove());

const SMALL = '[accounts.acme]\naccountId = "1"\n';

function named(id: string): string {
  return `[accounts.acme]\naccountId = "${id}"\n`;
}

describe('what stands in the file', () => {
  test('an account with nothing but its id has the defaults', () => {
    const path = files.put('ferry.toml', SMALL);
    const config = loadConfig({ env: files.env, cwd: files.dir });
    expect(config).toEqual({
      path,
      defaultAccount: null,
      sealKeyFile: null,
      byteSlots: 4,
      healthAddress: null,
      metricsAddress: null,
      notify: [],
      payloads: 'clear',
      payloadKeyFile: null,
      auditAnchor: null,
      accounts: {
        acme: {
          name: 'acme',
          accountId: '1',
          domain: 'api.liveperson.net',
          plaintext: false,
          caFile: null,
          trustedHosts: [],
          enableFileSharing: false,
          login: null,
          consumer: { mode: 'signup', name: 'ferry' },
          skillId: '-1',
          files: { types: ['JPG', 'JPEG', 'PNG', 'GIF'], maxBytes: 3_000_000 },
          fetched: { maxBytes: 100_000_000, mode: 0o600 },
          refusals: {},
          directories: null,
          limits: null,
          practice: false,
        },
      },
    });
  });

  test('every key arrives, and paths are relative to the file, whatever the working directory is', () => {
    files.put(
      'etc/ferry.toml',
      `defaultAccount = "acme"
sealKeyFile = "seal.key"
[accounts.acme]
accountId = "12345678"
domain = "localhost:8480"
plaintext = true
caFile = "../ca.pem"
trustedHosts = ["files.example.com"]
enableFileSharing = true
login = { username = "ops", passwordFile = "/run/secrets/password" }
consumer = { mode = "authenticated", name = "ops@acme", tokenCommand = ["bin/token", "--now"] }
skillId = "42"
files = { types = ["pdf", "TXT"], maxBytes = 5000000, maxFetchBytes = 7000000, fetchedMode = "0640" }
refusals = { 403 = "NOT_PARTICIPANT", 40377 = "TOO_LARGE" }
directories = { sources = ["~/out", "here"] }
`,
    );
    const config = loadConfig({ configPath: 'etc/ferry.toml', env: files.env, cwd: files.dir });
    expect(config).toMatchObject({ defaultAccount: 'acme', sealKeyFile: join(files.dir, 'etc/seal.key') });
    expect(config.accounts['acme']).toEqual({
      name: 'acme',
      accountId: '12345678',
      domain: 'localhost:8480',
      plaintext: true,
      caFile: join(files.dir, 'ca.pem'),
      trustedHosts: ['files.example.com'],
      enableFileSharing: true,
      login: { kind: 'password', username: 'ops', password: { file: '/run/secrets/password' } },
      consumer: {
        mode: 'authenticated',
        name: 'ops@acme',
        token: { command: [join(files.dir, 'etc/bin/token'), '--now'], variables: [], consumers: null },
      },
      skillId: '42',
      files: { types: ['PDF', 'TXT'], maxBytes: 5_000_000 },
      fetched: { maxBytes: 7_000_000, mode: 0o640 },
      refusals: { 403: 'NOT_PARTICIPANT', 40377: 'TOO_LARGE' },
      directories: { sources: [join(files.dir, 'home/out'), join(files.dir, 'etc/here')], targets: [] },
      limits: null,
      practice: true,
    });
  });

  test('limits are read in the forms of rclone, and byte slots as a number', () => {
    files.put(
      'ferry.toml',
      `byteSlots = 8

[accounts.acme]
accountId = "1"
limits = { requests = 16, requestsPerSecond = 2.5, bytesPerSecond = "1.5M", timetable = "08:00,2M 19:00,off" }
`,
    );
    const config = loadConfig({ env: files.env, cwd: files.dir });
    expect(config.byteSlots).toBe(8);
    expect(config.accounts['acme']?.limits).toEqual({
      requests: 16,
      transfers: null,
      requestsPerSecond: 2.5,
      bytesPerSecond: 1.5 * 1024 * 1024,
      timetable: '08:00,2M 19:00,off',
    });
  });

  test('the ways to log in and to prove oneself are told apart', () => {
    files.put(
      'ferry.toml',
      `[accounts.a]
accountId = "1"
login = { username = "ops", passwordEnv = "PW" }
consumer = { mode = "anonymous", name = "x", connectorId = "77" }
[accounts.b]
accountId = "2"
login = { username = "ops", apiKeyFile = "key.json" }
consumer = { mode = "authenticated", tokenEnv = "TOKEN" }
[accounts.c]
accountId = "3"
consumer = { mode = "authenticated", tokenFile = "token" }
`,
    );
    const { accounts } = loadConfig({ env: files.env, cwd: files.dir });
    expect(accounts['a']).toMatchObject({
      login: { kind: 'password', password: { env: 'PW' } },
      consumer: { mode: 'anonymous', name: 'x', connectorId: '77' },
    });
    expect(accounts['b']).toMatchObject({
      login: { kind: 'apiKey', username: 'ops', file: join(files.dir, 'key.json') },
      consumer: { token: { env: 'TOKEN' } },
    });
    expect(accounts['c']?.consumer).toMatchObject({ token: { file: join(files.dir, 'token') } });
  });

  test('the file that init writes is valid for every name, and says what the account is called', () => {
    for (const name of ['acme', 'acme-eu_2', 'a.b']) {
      files.put('ferry.toml', exampleConfig(name));
      const config = loadConfig({ env: files.env, cwd: files.dir });
      expect(account(config, undefined)).toMatchObject({ name, enableFileSharing: false, directories: null });
    }
    expect(exampleConfig('acme-eu')).toContain('passwordEnv = "ACME_EU_PASSWORD"');
  });

  test('what the file offers as comments is valid, too', () => {
    files.put('ferry.toml', exampleConfig('acme').replaceAll(/^# (?=login|enable|directories)/gm, ''));
    const config = loadConfig({ env: files.env, cwd: files.dir });
    expect(account(config, 'acme')).toMatchObject({
      login: { username: 'ops', password: { env: 'ACME_PASSWORD' } },
      directories: { sources: ['/data/out'], targets: ['/data/in'] },
    });
  });
});

describe('where the file is found', () => {
  test('each place goes before the next, and without any there are no accounts', () => {
    const { env, dir } = files;
    const idNow = (options: { configPath?: string; stateDir?: string }, more: object = {}): string | undefined =>
      loadConfig({ ...options, env: { ...env, ...more }, cwd: dir }).accounts['acme']?.accountId;
    expect(loadConfig({ env, cwd: dir })).toMatchObject({ path: null, accounts: {} });
    files.put('home/.config/ferry/ferry.toml', named('user'));
    expect(idNow({})).toBe('user');
    files.put('xdg/ferry/ferry.toml', named('xdg'));
    expect(idNow({}, { XDG_CONFIG_HOME: join(dir, 'xdg') })).toBe('xdg');
    files.put('ferry.toml', named('here'));
    expect(idNow({})).toBe('here');
    files.put('state/ferry.toml', named('state'));
    expect(idNow({})).toBe('here');
    expect(idNow({ stateDir: join(dir, 'state') })).toBe('state');
    expect(idNow({}, { FERRY_STATE: 'state' })).toBe('state');
    expect(idNow({ stateDir: join(dir, 'other-state') })).toBe('here');
    const variable = { FERRY_CONFIG: files.put('by-env.toml', named('env')) };
    expect(idNow({ stateDir: join(dir, 'state') }, variable)).toBe('env');
    files.put('by-flag.toml', named('flag'));
    expect(idNow({ configPath: 'by-flag.toml', stateDir: join(dir, 'state') }, variable)).toBe('flag');
    expect(idNow({}, { FERRY_CONFIG: '' })).toBe('here');
  });

  test('that of an up which runs but was not given comes after the one of the working directory', () => {
    const { env, dir } = files;
    const stateDir = join(dir, 'home/.local/state/ferry');
    const idNow = (more: object = {}): string | undefined =>
      loadConfig({ ...more, upFile: upFile(stateDir), env, cwd: dir }).accounts['acme']?.accountId;
    files.put('home/.config/ferry/ferry.toml', named('user'));
    files.put('home/.local/state/ferry/ferry.toml', named('state'));
    expect(idNow()).toBe('state');
    files.put('ferry.toml', named('here'));
    expect(idNow()).toBe('here');
    expect(idNow({ stateDir })).toBe('state');
  });

  test('one that lies where a command is typed brings no other seal keys to an up; one that is named does', () => {
    const { env, dir } = files;
    const stateDir = join(dir, 'home/.local/state/ferry');
    files.put('home/.local/state/ferry/ferry.toml', `sealKeyFile = "seal.key"\n${named('state')}`);
    files.put('ferry.toml', `sealKeyFile = "project.key"\n${named('here')}`);
    const keyNow = (more: object = {}): string | null =>
      loadConfig({ ...more, upFile: upFile(stateDir), env, cwd: dir }).sealKeyFile;
    expect(keyNow()).toBe(join(stateDir, 'seal.key'));
    expect(keyNow({ configPath: 'ferry.toml' })).toBe(join(dir, 'project.key'));
    expect(loadConfig({ env, cwd: dir }).sealKeyFile).toBe(join(dir, 'project.key'));
  });

  test('a file that was named must be there', () => {
    const { env, dir } = files;
    files.put('ferry.toml', SMALL);
    const byFlag = thrownBy(() => loadConfig({ configPath: 'no.toml', env, cwd: dir }));
    expect(byFlag).toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${join(dir, 'no.toml')}, named by --config, does not exist.`,
    });
    const byEnv = thrownBy(() => loadConfig({ env: { ...env, FERRY_CONFIG: '/no.toml' }, cwd: dir }));
    expect(byEnv.message).toBe('/no.toml, named by FERRY_CONFIG, does not exist.');
    expect(thrownBy(() => loadConfig({ configPath: '.', env, cwd: dir })).message).toContain('EISDIR');
  });
});

describe('the practice account of a running up', () => {
  const SANDBOX = `defaultAccount = "sandbox"
sealKeyFile = "seal.key"
[accounts.sandbox]
accountId = "12345678"
domain = "127.0.0.1:8480"
plaintext = true
`;

  test('has the address and the file rules of the sandbox as it runs', () => {
    const stateDir = join(files.dir, 'state');
    files.put('state/ferry.toml', SANDBOX + named('1'));
    const config = loadConfig({ stateDir, upFile: upFile(stateDir), env: files.env, cwd: files.dir });
    expect(account(config, undefined)).toMatchObject({
      name: 'sandbox',
      domain: '127.0.0.1:9480',
      plaintext: true,
      practice: true,
      files: { types: ['JPG', 'PDF'], maxBytes: 1_000_000_000 },
    });
    expect(account(config, 'acme')).toMatchObject({ practice: false, files: { maxBytes: 3_000_000 } });
  });

  test('is there also when the configuration comes from elsewhere, without changing the default', () => {
    const stateDir = join(files.dir, 'state');
    files.put('state/ferry.toml', SANDBOX);
    const env = { ...files.env, FERRY_CONFIG: files.put('mine.toml', `${SMALL}[accounts.b]\naccountId = "2"\n`) };
    const config = loadConfig({ stateDir, upFile: upFile(stateDir), env, cwd: files.dir });
    expect(config.defaultAccount).toBeNull();
    expect(Object.keys(config.accounts)).toEqual(['acme', 'b', 'sandbox']);
    expect(config.accounts['sandbox']).toMatchObject({ domain: '127.0.0.1:9480', practice: true });
    expect(config.sealKeyFile).toBe(join(stateDir, 'seal.key'));
  });

  test('the worker of the default up serves the accounts of where it was started, and seals with its own keys', () => {
    const { env, dir } = files;
    const stateDir = join(dir, 'home/.local/state/ferry');
    files.put('home/.local/state/ferry/ferry.toml', SANDBOX);
    files.put('given/ferry.toml', SANDBOX);
    const accountsOf = (state: string, more: object = {}): string[] =>
      Object.keys(loadUpConfig(upFile(state), { env: { ...env, ...more }, cwd: dir }).accounts);
    expect(accountsOf(stateDir)).toEqual(['sandbox']);
    files.put('ferry.toml', `sealKeyFile = "project.key"\n${SMALL}${SANDBOX.slice(SANDBOX.indexOf('[accounts'))}`);
    const config = loadUpConfig(upFile(stateDir), { env, cwd: dir });
    expect(Object.keys(config.accounts).toSorted()).toEqual(['acme', 'sandbox']);
    expect(config.accounts['sandbox']).toMatchObject({ domain: '127.0.0.1:9480', practice: true });
    expect(config.sealKeyFile).toBe(join(stateDir, 'seal.key'));
    expect(accountsOf(join(dir, 'given'))).toEqual(['sandbox']);
    expect(accountsOf(stateDir, { FERRY_STATE: stateDir })).toEqual(['sandbox']);
  });

  test('is practice also over TLS, and trusts the authority of the sandbox', () => {
    const stateDir = join(files.dir, 'state');
    files.put('state/ferry.toml', SANDBOX);
    const up = upFile(stateDir, { sandboxUrl: 'https://127.0.0.1:9480' });
    const config = loadConfig({ stateDir, upFile: up, env: files.env, cwd: files.dir });
    expect(account(config, 'sandbox')).toMatchObject({
      domain: '127.0.0.1:9480',
      plaintext: false,
      practice: true,
      caFile: join(stateDir, 'sandbox', 'sandbox-ca.pem'),
    });
  });

  test('stays as the file has it when the up runs without a sandbox', () => {
    const stateDir = join(files.dir, 'state');
    files.put('state/ferry.toml', SANDBOX);
    const up = upFile(stateDir, { sandboxUrl: null });
    const config = loadConfig({ stateDir, upFile: up, env: files.env, cwd: files.dir });
    expect(account(config, 'sandbox')).toMatchObject({ domain: '127.0.0.1:8480', files: { maxBytes: 3_000_000 } });
  });

  test('an account at LivePerson is never practice', () => {
    files.put('ferry.toml', `[accounts.sandbox]\naccountId = "1"\n`);
    const config = loadConfig({ env: files.env, cwd: files.dir });
    expect(account(config, 'sandbox').practice).toBe(false);
  });
});

describe('which account is meant', () => {
  function load(toml: string) {
    files.put('ferry.toml', toml);
    return loadConfig({ env: files.env, cwd: files.dir });
  }
  const TWO = '[accounts.acme]\naccountId = "1"\n[accounts.beta]\naccountId = "2"\n';

  test('the named one, else the default one, else the only one', () => {
    expect(account(load(`defaultAccount = "beta"\n${TWO}`), 'acme').accountId).toBe('1');
    expect(account(load(`defaultAccount = "beta"\n${TWO}`), undefined).accountId).toBe('2');
    expect(account(load(SMALL), undefined).accountId).toBe('1');
  });

  test('an unknown one is refused with a suggestion and the names there are', () => {
    const config = load(TWO);
    expect(thrownBy(() => account(config, 'amce'))).toMatchObject({
      code: 'ACCOUNT_UNKNOWN',
      message: 'There is no account "amce"; configured are acme, beta. Did you mean acme?',
    });
    for (const name of ['', '__proto__', 'constructor', 'x y']) {
      expect(thrownBy(() => account(config, name)).code).toBe('ACCOUNT_UNKNOWN');
    }
  });

  test('with several and no default it must be said which', () => {
    expect(thrownBy(() => account(load(TWO), undefined))).toMatchObject({
      code: 'NOT_CONFIGURED',
      message: `Which account? ${join(files.dir, 'ferry.toml')} has acme, beta and no defaultAccount.`,
    });
  });

  test('without any configuration this is what is said', () => {
    const config = loadConfig({ env: files.env, cwd: files.dir });
    expect(thrownBy(() => account(config, undefined)).code).toBe('NOT_CONFIGURED');
    expect(thrownBy(() => account(config, 'acme'))).toMatchObject({
      code: 'ACCOUNT_UNKNOWN',
      message: 'There is no account "acme": no ferry.toml was found.',
    });
  });
});
