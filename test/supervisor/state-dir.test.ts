import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from '../../src/lib/open-log';
import { acquireLock } from '../../src/supervisor/lock';
import { makeStateDirectories, stateDirError, statePaths } from '../../src/supervisor/state-dir';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ferry-state-dir-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('ferry up uses no state directory that others may write, and nothing below it', () => {
  const state = join(root, 'state');
  mkdirSync(state);
  chmodSync(state, 0o777);
  const make = () => makeStateDirectories(statePaths(state));
  expect(make).toThrow('may be written by others (mode 0777)');
  expect(existsSync(join(state, 'logs'))).toBe(false);
  chmodSync(state, 0o700);
  mkdirSync(join(state, 'logs'));
  chmodSync(join(state, 'logs'), 0o777);
  expect(make).toThrow('may be written by others (mode 0777)');
});

test('a log is not written through a link', () => {
  writeFileSync(join(root, 'profile'), '');
  symlinkSync(join(root, 'profile'), join(root, 'worker.log'));
  expect(() => openLog(join(root, 'worker.log'))).toThrow('ELOOP');
});

test.each([
  ['ENOSPC', 'DISK_FULL', 'There is no room left in the state directory /state.'],
  ['EROFS', 'NOT_CONFIGURED', 'The state directory /state cannot be made or written (EROFS).'],
])('%s in a state directory is told as %s', (code, told, message) => {
  const error = stateDirError('/state', Object.assign(new Error('no'), { code }));
  expect(error).toMatchObject({ code: told, message });
});

test('a lock that cannot be written is told with the state directory', async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(acquireLock(join(root, 'file', 'up.lock'))).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
});
