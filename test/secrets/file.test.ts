import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSecretFile } from '../../src/secrets';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ferry-secrets-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function put(content: string, mode = 0o600): string {
  const path = join(dir, 'password');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

test('the secret comes without the newline at its end, and with everything else', () => {
  expect(loadSecretFile(put(' pass word \n'))).toBe(' pass word ');
  expect(loadSecretFile(put('a\r\n'))).toBe('a');
  expect(loadSecretFile(put('a\n\n'))).toBe('a\n');
  expect(loadSecretFile(put('a', 0o400))).toBe('a');
});

test.each([0o644, 0o640, 0o604, 0o660, 0o620])(
  'a file of mode %o is refused with the command that mends it',
  (mode) => {
    const path = put('hunter2', mode);
    expect(() => loadSecretFile(path)).toThrow(`chmod 600 '${path}'`);
    expect(() => loadSecretFile(path)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => loadSecretFile(path)).not.toThrow(/hunter2/);
  },
);

test('a missing file, a directory, a named pipe and an empty file are each said', () => {
  expect(() => loadSecretFile(join(dir, 'absent'))).toThrow('does not exist');
  expect(() => loadSecretFile(dir)).toThrow('is not a regular file');
  execFileSync('mkfifo', ['-m', '600', join(dir, 'pipe')]);
  expect(() => loadSecretFile(join(dir, 'pipe'))).toThrow('is not a regular file');
  expect(() => loadSecretFile(put('\n'))).toThrow('is empty');
});
