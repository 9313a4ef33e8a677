import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problemOfPath } from '../../src/lib/own-path';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ferry-own-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('what only we can write is believed, and so is what is not there', () => {
  expect(problemOfPath(root, 'directory')).toBeNull();
  expect(problemOfPath(join(root, 'none'), 'file')).toBeNull();
  const file = join(root, 'file');
  writeFileSync(file, '', { mode: 0o644 });
  expect(problemOfPath(file, 'file')).toBeNull();
});

test('what others may write is not', () => {
  const directory = join(root, 'open');
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  expect(problemOfPath(directory, 'directory')).toBe('may be written by others (mode 0777)');
});

test('neither is a link, nor something of another kind', () => {
  symlinkSync(root, join(root, 'link'));
  expect(problemOfPath(join(root, 'link'), 'directory')).toBe('is a symbolic link');
  expect(problemOfPath(root, 'file')).toBe('is not a file');
});

test('what belongs to another user is not, unless that is root and root may have put it there', () => {
  expect(problemOfPath('/', 'directory', 'us or root')).toBeNull();
  // oxlint-disable-next-line typescript/unbound-method -- replaced for this test only
  const { getuid } = process;
  process.getuid = () => 4711;
  try {
    expect(problemOfPath(root, 'directory')).toBe('belongs to another user');
  } finally {
    if (getuid !== undefined) process.getuid = getuid;
  }
});
