import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { account, adminCredentials, consumerCredentials, loadConfig, loadSealKeys, readSecret } from '../../src/config';
import { runTokenCommand } from '../../src/config/token-command';
import type { AccountConfig } from '../../src/config/types';
import { makeSealKey } from '../../src/secrets';
import { configDir, rejectedBy, thrownBy, type ConfigDir } from './config-dir';

let files: ConfigDir;

beforeEach(() => {
  files = configDir();
});
afterEach(() => files.remove());

function withKeys(keys: string): AccountConfig {
  files.put('ferry.toml', `[accounts.acme]\naccountId = "1"\n${keys}\n`);
  return account(loadConfig({ env: files.env, cwd: files.dir }), 'acme');
}

describe('the administrator', () => {
  test('has a password from the environment or from a file', () => {
    const byEnv = withKeys('login = { username = "ops", passwordEnv = "PW" }');
    const expected = { kind: 'password', username: 'ops', password: 'hunter2' };
    expect(adminCredentials(byEnv, { PW: 'hunter2' })).toEqual(expected);
    files.put('pw', 'hunter2\n', 0o600);
    expect(adminCredentials(withKeys('login = { username = "ops", passwordFile = "pw" }'), {})).toEqual(expected);
  });

  test('is asked for when a variable is not set or a file is open to others', () => {
    const byEnv = withKeys('login = { username = "ops", passwordEnv = "PW" }');
    expect(thrownBy(() => adminCredentials(byEnv, { PW: '' }))).toMatchObject({
      code: 'NOT_CONFIGURED',
      message: 'The environment variable PW, which holds a secret, is not set.',
    });
    expect(thrownBy(() => adminCredentials(withKeys(''), {})).code).toBe('NOT_CONFIGURED');
    const open = { file: files.put('open', 'hunter2', 0o644) };
    expect(thrownBy(() => readSecret(open, {})).message).toContain('chmod 600');
  });

  test.each([
    ['JSON', '{"appKey":"a","secret":"b","accessToken":"c","accessTokenSecret":"d","more":1}'],
    ['TOML', 'appKey = "a"\nsecret = "b"\naccessToken = "c"\naccessTokenSecret = "d"\n'],
  ])('may have an API key in %s', (_kind, text) => {
    files.put('key', text, 0o600);
    expect(adminCredentials(withKeys('login = { username = "ops", apiKeyFile = "key" }'), {})).toEqual({
      kind: 'apiKey',
      oauth: 1,
      username: 'ops',
      appKey: 'a',
      secret: 'b',
      accessToken: 'c',
      accessTokenSecret: 'd',
    });
  });

  test('may have an OAuth 2.0 client, with the name of its user beside it', () => {
    const keyed = withKeys('login = { username = "bot", apiKeyFile = "key" }');
    const expected = { kind: 'apiKey', oauth: 2, username: 'bot', clientId: 'a', clientSecret: 'b' };
    files.put('key', '{"clientId":"a","clientSecret":"b"}', 0o600);
    expect(adminCredentials(keyed, {})).toEqual(expected);
    files.put('key', 'clientId = "a"\nclientSecret = "b"\nusername = "bot"\n', 0o600);
    expect(adminCredentials(keyed, {})).toEqual(expected);
    files.put('key', '{"clientId":"a","clientSecret":"b","username":"other"}', 0o600);
    expect(thrownBy(() => adminCredentials(keyed, {})).message).toContain('another user than login.username');
    files.put('key', '{"clientId":"a"}', 0o600);
    expect(thrownBy(() => adminCredentials(keyed, {})).message).toContain('clientSecret is not there');
  });

  test.each(['{"appKey":"hunter2","secret":"', 'appKey = "hunter2"', 'hunter2', '"hunter2"', '{"appKey":7}'])(
    'is not shown the content of an API key file that is wrong: %j',
    (text) => {
      files.put('key', text, 0o600);
      const error = thrownBy(() => adminCredentials(withKeys('login = { username = "o", apiKeyFile = "key" }'), {}));
      expect(error.code).toBe('CONFIG_INVALID');
      expect(`${error.message} ${String(error.cause)}`).not.toContain('hunter2');
    },
  );
});

describe('the consumer', () => {
  test('signs up, or is anonymous, or brings a token', async () => {
    expect(await consumerCredentials(withKeys(''), 'x', {})).toEqual({ kind: 'signup' });
    const anonymous = withKeys('consumer = { mode = "anonymous", connectorId = "77" }');
    expect(await consumerCredentials(anonymous, 'x', {})).toEqual({ kind: 'anonymous', connectorId: '77' });
    const byEnv = withKeys('consumer = { mode = "authenticated", tokenEnv = "T" }');
    expect(await consumerCredentials(byEnv, 'x', { T: 'jwt' })).toEqual({ kind: 'authenticated', authCode: 'jwt' });
    files.put('token', 'jwt\n', 0o600);
    const byFile = withKeys('consumer = { mode = "authenticated", tokenFile = "token" }');
    expect(await consumerCredentials(byFile, 'x', {})).toEqual({ kind: 'authenticated', authCode: 'jwt' });
  });

  test('may be asked for by a program that is told who is meant, without any shell between', async () => {
    const script =
      "process.stdout.write(process.env.FERRY_ACCOUNT + ':' + process.env.FERRY_CONSUMER + process.argv[1])";
    const command = JSON.stringify([process.execPath, '-e', script, '$HOME; `id`']);
    const found = withKeys(`consumer = { mode = "authenticated", tokenCommand = ${command} }`);
    expect(await consumerCredentials(found, 'ops@acme', { PATH: '/bin' })).toEqual({
      kind: 'authenticated',
      authCode: 'acme:ops@acme$HOME; `id`',
    });
  });
});

describe('a program that prints tokens', () => {
  const of = (consumers: string): AccountConfig => {
    const command = JSON.stringify([process.execPath, '-e', 'process.stdout.write(process.env.FERRY_CONSUMER)']);
    return withKeys(`consumer = { mode = "authenticated", tokenCommand = ${command}, consumers = ${consumers} }`);
  };

  test('is asked only for consumers that the configuration names', async () => {
    const ops = of('["ops", "team-*", "*-bot*x"]');
    for (const name of ['ops', 'team-', 'team-a', 'a-botx', '-bot-x']) {
      expect(await consumerCredentials(ops, name, {})).toEqual({ kind: 'authenticated', authCode: name });
    }
    for (const name of ['ops2', 'xops', 'Ops', 'team', 'a-bot', 'botx', '']) {
      const error = await rejectedBy(consumerCredentials(ops, name, {}));
      expect(error).toMatchObject({ code: 'CONSUMER_NOT_ALLOWED', row: { does: 'park' } });
    }
  });

  test('gets no variable of the worker but the harmless and the named ones', async () => {
    const script = "process.stdout.write(Object.keys(process.env).sort().join(' '))";
    const command = JSON.stringify([process.execPath, '-e', script]);
    const found = withKeys(
      `consumer = { mode = "authenticated", tokenCommand = ${command}, tokenCommandEnv = ["VAULT_ADDR"] }`,
    );
    const env = { PATH: '/bin', VAULT_ADDR: 'v', VAULT_TOKEN: 't', FERRY_SEAL_KEY: 's', ACME_PASSWORD: 'p' };
    expect(await consumerCredentials(found, 'x', env)).toMatchObject({
      authCode: 'FERRY_ACCOUNT FERRY_CONSUMER PATH VAULT_ADDR',
    });
  });

  test('has the list of consumers beside it, not another source of tokens', () => {
    const error = thrownBy(() => withKeys('consumer = { mode = "signup", consumers = ["a"] }'));
    expect(error.message).toContain('takes consumers and tokenCommandEnv together with tokenCommand only');
  });
});

describe('a program that should print a token', () => {
  const sh = (script: string, withinMs?: number): Promise<string> =>
    runTokenCommand(['/bin/sh', '-c', script], { PATH: process.env['PATH'] }, withinMs);

  test.each([
    ['fails', 'echo hunter2; echo hunter2 >&2; exit 3', 'failed with exit code 3'],
    ['prints nothing', 'echo; exit 0', 'printed nothing'],
    ['prints without end', 'yes hunter2', 'printed far more than a token'],
  ])('and %s is tried again later, and what it printed is not shown', async (_what, script, message) => {
    const error = await rejectedBy(sh(script));
    expect(error).toMatchObject({ code: 'MESSAGING_UNAVAILABLE', message: `The tokenCommand /bin/sh ${message}.` });
    expect(`${error.message} ${String(error.cause)}`).not.toContain('hunter2');
  });

  test('is ended with all that it started when it takes too long', async () => {
    const pidFile = join(files.dir, 'pid');
    const error = await rejectedBy(sh(`sleep 300 & echo $! > ${pidFile}; wait`, 500));
    expect(error).toMatchObject({ code: 'MESSAGING_UNAVAILABLE', message: expect.stringContaining('within 0.5 s') });
    const pid = readFileSync(pidFile, 'utf8').trim();
    await gone(pid);
    expect(isRunning(pid)).toBe(false);
  });

  test('and does not exist is a fault of the configuration', async () => {
    expect(await rejectedBy(runTokenCommand(['/no/such/program'], {}))).toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

/** A zombie that nobody has collected yet is not running. */
function isRunning(pid: string): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) Z /.test(readFileSync(path, 'utf8'));
}

async function gone(pid: string): Promise<void> {
  const end = Date.now() + 5_000;
  while (isRunning(pid) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('the seal keys', () => {
  test('come from FERRY_SEAL_KEY, else from the file that the configuration names', () => {
    const [inFile, inEnv] = [makeSealKey(), makeSealKey()];
    files.put('seal.key', `${inFile}\n`, 0o600);
    files.put('ferry.toml', 'sealKeyFile = "seal.key"\n');
    const config = loadConfig({ env: files.env, cwd: files.dir });
    const loaded = (env: Record<string, string>): string[] =>
      loadSealKeys(config, env).map(({ key }) => key.toString('base64'));
    expect(loaded({})).toEqual([inFile]);
    expect(loaded({ FERRY_SEAL_KEY: `${inEnv} ${inFile}` })).toEqual([inEnv, inFile]);
  });

  test('are missing: the remedy names the key to set', () => {
    const config = loadConfig({ env: files.env, cwd: files.dir });
    const error = thrownBy(() => loadSealKeys(config, {}));
    expect(error).toMatchObject({ code: 'NOT_CONFIGURED', remedy: expect.stringContaining('sealKeyFile') });
  });
});
