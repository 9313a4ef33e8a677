import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDirectory } from '../../src/lib/make-directory';

test('A directory is made with those above it, for its owner alone, and once more without an error.', () => {
  const root = mkdtempSync(join(tmpdir(), 'ferry-directory-'));
  try {
    const path = join(root, 'a/b/c');
    makeDirectory(path);
    makeDirectory(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('Below /proc a directory cannot be made, and this is an error and not a loop.', () => {
  if (!existsSync('/proc/self')) return;
  for (const path of ['/proc/ferry', '/proc/ferry/state']) {
    expect(() => makeDirectory(path)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  }
});
