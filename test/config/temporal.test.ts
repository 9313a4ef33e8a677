import { hostname } from 'node:os';
import { join } from 'node:path';
import type { UpFile } from '../../src/config/types';
import {
  connectOptions,
  defaultCacheDir,
  defaultStateDir,
  hostId,
  resolveTemporal,
  userConfigPath,
} from '../../src/config';
import { configDir, rejectedBy, thrownBy, upFile, type ConfigDir } from './config-dir';

let files: ConfigDir;
let running: Map<string, UpFile>;

beforeEach(() => {
  files = configDir();
  running = new Map();
});
afterEach(() => files.remove());

function resolve(more: Record<string, string> = {}, state?: string) {
  const readUp = (stateDir: string): UpFile | null => running.get(stateDir) ?? null;
  return resolveTemporal({ flags: { state }, env: { ...files.env, ...more }, cwd: files.dir, readUp });
}

const PROFILE = '[profile.default]\naddress = "profile:7233"\nnamespace = "from-profile"\n';

describe('which Temporal', () => {
  test('an up of one’s own goes before variables, these before a running default up, this before a profile', async () => {
    const own = join(files.dir, 'own');
    const standard = defaultStateDir(files.env);
    running.set(own, upFile(own, { temporalAddress: '127.0.0.1:1111' }));
    running.set(standard, upFile(standard, { temporalAddress: '127.0.0.1:2222' }));
    files.put('home/.config/temporalio/temporal.toml', PROFILE);
    const variables = { TEMPORAL_ADDRESS: 'env:7233' };

    expect(await resolve({ ...variables, FERRY_STATE: '/elsewhere' }, 'own')).toEqual({
      address: '127.0.0.1:1111',
      namespace: 'ferry',
      kind: 'embedded',
      from: `the ferry up in ${own}`,
      stateDir: own,
    });
    expect(await resolve({ ...variables, FERRY_STATE: own })).toMatchObject({ address: '127.0.0.1:1111' });
    expect(await resolve(variables)).toMatchObject({
      address: 'env:7233',
      kind: 'configured',
      from: 'TEMPORAL_ADDRESS',
      stateDir: null,
    });
    expect(await resolve()).toMatchObject({ address: '127.0.0.1:2222', kind: 'embedded', stateDir: standard });
    running.delete(standard);
    expect(await resolve()).toEqual({
      address: 'profile:7233',
      namespace: 'from-profile',
      kind: 'configured',
      from: `the profile in ${join(files.dir, 'home/.config/temporalio/temporal.toml')}`,
      stateDir: null,
    });
  });

  test('the path of the server program says nothing about which server', async () => {
    const standard = defaultStateDir(files.env);
    running.set(standard, upFile(standard));
    expect(await resolve({ TEMPORAL_CLI_PATH: '/x', TEMPORAL_ADDRESS: '' })).toMatchObject({ kind: 'embedded' });
  });

  test('none at all, or no up where one was named, is said with what to do', async () => {
    expect(await rejectedBy(resolve())).toMatchObject({ code: 'TEMPORAL_UNREACHABLE' });
    const error = await rejectedBy(resolve({}, 'own'));
    expect(error.code).toBe('TEMPORAL_UNREACHABLE');
    // The words that scripts and people know from any other Temporal that is away.
    expect(error.message).toMatch(/^Cannot reach Temporal: /);
    expect(error.remedy).toMatch(/^Transfers are safe/);
    expect(error.remedy).toContain(`ferry up --state ${join(files.dir, 'own')}`);
  });

  test('settings of Temporal that cannot be used are refused without being quoted', async () => {
    const path = files.put('temporal.toml', '[profile.default]\napi_key = "hunter2\n');
    const broken = await rejectedBy(resolve({ TEMPORAL_CONFIG_FILE: path }));
    expect(broken.code).toBe('CONFIG_INVALID');
    expect(broken.message).not.toContain('hunter2');
    const missing = await rejectedBy(resolve({ TEMPORAL_PROFILE: 'no-such' }));
    expect(missing).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('no-such') });
  });
});

describe('how to connect', () => {
  test('an embedded server needs its address only, whatever the environment says', async () => {
    running.set('/own', upFile('/own'));
    const target = await resolve({}, '/own');
    expect(await connectOptions(target, { TEMPORAL_API_KEY: 'hunter2', TEMPORAL_TLS: 'true' })).toEqual({
      address: '127.0.0.1:7233',
      channelArgs: { 'grpc.enable_http_proxy': 0 },
    });
  });

  test('a configured one brings its TLS, API key and headers', async () => {
    const env = {
      ...files.env,
      TEMPORAL_ADDRESS: 'cloud:7233',
      TEMPORAL_API_KEY: 'hunter2',
      TEMPORAL_GRPC_META_X_TEAM: 'ops',
      TEMPORAL_TLS_SERVER_NAME: 'cloud.example.com',
    };
    const options = await connectOptions(await resolve(env), env);
    expect(options).toMatchObject({
      address: 'cloud:7233',
      apiKey: 'hunter2',
      tls: { serverNameOverride: 'cloud.example.com' },
      metadata: { 'x-team': 'ops' },
    });
  });

  test('a plain one on this machine is an address', async () => {
    const env = { ...files.env, TEMPORAL_ADDRESS: 'localhost:7233' };
    expect(await connectOptions(await resolve(env), env)).toEqual({ address: 'localhost:7233' });
  });

  test.each([{}, { TEMPORAL_API_KEY: 'k', TEMPORAL_TLS: 'false' }, { FERRY_TEMPORAL_PLAINTEXT: 'true' }])(
    'a plain one elsewhere is refused: %j',
    async (more) => {
      const env = { ...files.env, TEMPORAL_ADDRESS: 'plain:7233', ...more };
      const error = await rejectedBy(resolve(env).then((target) => connectOptions(target, env)));
      expect(error.code).toBe('CONFIG_INVALID');
      expect(error.message).toContain(
        'Temporal at plain:7233 is not on this machine, and would be reached without TLS',
      );
    },
  );

  test('a plain one elsewhere is used where the environment allows it in so many words', async () => {
    const env = { ...files.env, TEMPORAL_ADDRESS: 'plain:7233', FERRY_TEMPORAL_PLAINTEXT: 'allowed' };
    expect(await connectOptions(await resolve(env), env)).toEqual({ address: 'plain:7233' });
  });
});

describe('the id of this host', () => {
  const target = async (state?: string) =>
    state === undefined
      ? resolve({ TEMPORAL_ADDRESS: 'x:1' })
      : (running.set(state, upFile(state)), resolve({}, state));

  test('is the flag, else the variable, else that of the up, else the name of the machine', async () => {
    const state = join(files.dir, 'state');
    const embedded = await target(state);
    const env = { FERRY_HOST_ID: 'by-env' };
    expect(hostId({ flag: 'by-flag', env, target: embedded })).toBe('by-flag');
    expect(hostId({ env, target: embedded })).toBe('by-env');
    files.put('state/host-id', 'made-once\n');
    expect(hostId({ env: {}, target: embedded })).toBe('made-once');
    files.put('state/up.json', JSON.stringify(upFile(state)));
    expect(hostId({ env: {}, target: embedded })).toBe('up-host');
    expect(hostId({ env: { FERRY_HOST_ID: '' }, target: await target() })).toBe(
      hostname().replace(/[^A-Za-z0-9._-]+/g, '-'),
    );
  });

  test('that cannot name a queue is refused', async () => {
    const configured = await target();
    for (const flag of ['', 'a b', 'a/b', '-a', 'x'.repeat(101)]) {
      expect(thrownBy(() => hostId({ flag, env: {}, target: configured })).code).toBe('USAGE');
    }
  });
});

test('directories follow the XDG rules', () => {
  const env = { HOME: '/home/x' };
  expect(defaultStateDir(env)).toBe('/home/x/.local/state/ferry');
  expect(defaultCacheDir(env, '/state')).toBe('/home/x/.cache/ferry');
  expect(userConfigPath(env)).toBe('/home/x/.config/ferry/ferry.toml');
  const moved = { ...env, XDG_STATE_HOME: '/s', XDG_CACHE_HOME: 'relative', XDG_CONFIG_HOME: '' };
  expect(defaultStateDir(moved)).toBe('/s/ferry');
  expect(defaultCacheDir(moved, '/state')).toBe('/home/x/.cache/ferry');
  expect(userConfigPath(moved)).toBe('/home/x/.config/ferry/ferry.toml');
});
