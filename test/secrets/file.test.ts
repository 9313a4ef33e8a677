import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSecretFile } from '../../src/secrets';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ferry-secrets-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function put(content: string | Buffer, mode = 0o600): string {
  const path = join(dir, 'password');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

test('the secret comes without newlines at its end, and with everything else', () => {
  expect(loadSecretFile(put(' pass word \n'))).toBe(' pass word ');
  expect(loadSecretFile(put('a\r\n'))).toBe('a');
  expect(loadSecretFile(put('a\n\n'))).toBe('a');
  expect(loadSecretFile(put('a\r\n\r\n'))).toBe('a');
  expect(loadSecretFile(put('a\nb\n'))).toBe('a\nb');
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

test('a byte order mark says how to read the file and is not part of the secret', () => {
  expect(loadSecretFile(put('\ufeffgeheim ü\n'))).toBe('geheim ü');
  const wide = Buffer.from('\ufeffgeheim ü\r\n', 'utf16le');
  expect(loadSecretFile(put(Buffer.from(wide)))).toBe('geheim ü');
  expect(loadSecretFile(put(Buffer.from(wide).swap16()))).toBe('geheim ü');
});

test('a secret in another encoding is refused rather than read wrongly', () => {
  const path = put(Buffer.from('geheim \xfc', 'latin1'));
  expect(() => loadSecretFile(path)).toThrow('is not text in UTF-8');
});

test('a read-only file of a group of this process is accepted, as Kubernetes mounts secrets', () => {
  expect(loadSecretFile(put('hunter2', 0o440))).toBe('hunter2');
  for (const mode of [0o444, 0o460, 0o450, 0o442]) {
    const path = put('hunter2', mode);
    expect(() => loadSecretFile(path)).toThrow('may be read or written by others');
  }
});

test('a file that root manages is accepted when its group is ours, and refused when it is not', () => {
  // Only root can give files away.
  if (process.geteuid?.() !== 0) return;
  const managed = put('hunter2', 0o640);
  chownSync(managed, 12_345, process.getegid?.() ?? 0);
  expect(loadSecretFile(managed)).toBe('hunter2');
  chownSync(managed, 0, 12_345);
  chmodSync(managed, 0o440);
  expect(() => loadSecretFile(managed)).toThrow(`chmod 600 '${managed}'`);
});

test('a mode that no secret has leads to the file system', () => {
  for (const mode of [0o777, 0o755]) {
    expect(() => loadSecretFile(put('hunter2', mode))).toThrow(
      /chmod 600 .*Where that changes nothing, the file system/,
    );
  }
});

test('a missing file, a directory, a named pipe and an empty file are each said', () => {
  expect(() => loadSecretFile(join(dir, 'absent'))).toThrow('does not exist');
  expect(() => loadSecretFile(dir)).toThrow('is not a regular file');
  execFileSync('mkfifo', ['-m', '600', join(dir, 'pipe')]);
  expect(() => loadSecretFile(join(dir, 'pipe'))).toThrow('is not a regular file');
  expect(() => loadSecretFile(put('\n'))).toThrow('is empty');
});
