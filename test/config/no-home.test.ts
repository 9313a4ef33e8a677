import { defaultCacheDir, defaultStateDir, loadConfig, userConfigPath } from '../../src/config';

jest.mock('node:os', () => ({
  ...jest.requireActual<object>('node:os'),
  // What libuv says of a user without HOME and without an entry in the list of users.
  homedir: () => {
    throw Object.assign(new Error('uv_os_homedir returned ENOENT'), { code: 'ERR_SYSTEM_ERROR' });
  },
}));

test('A user without a home directory is told to set HOME or to name a state directory.', () => {
  expect(() => defaultStateDir({})).toThrow(
    expect.objectContaining({ code: 'NOT_CONFIGURED', remedy: expect.stringContaining('--state DIR') }),
  );
  expect(defaultStateDir({ XDG_STATE_HOME: '/var/state' })).toBe('/var/state/ferry');
});

test('With a state directory named, no home directory is needed.', () => {
  expect(defaultCacheDir({}, '/mine')).toBe('/mine/cache');
  expect(userConfigPath({})).toBeNull();
  expect(loadConfig({ env: {}, cwd: '/', stateDir: '/mine' }).path).toBeNull();
});

test('A relative HOME is refused for the state directory: each working directory would have its own.', () => {
  const wrong = { code: 'NOT_CONFIGURED', message: expect.stringContaining('HOME is "here"') };
  expect(() => defaultStateDir({ HOME: 'here' })).toThrow(expect.objectContaining(wrong));
  expect(userConfigPath({ HOME: 'here' })).toBeNull();
});
