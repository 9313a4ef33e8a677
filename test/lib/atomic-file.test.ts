import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFile, replaceFile } from '../../src/lib/atomic-file';

let root: string;
let path: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ferry-atomic-'));
  path = join(root, 'file');
});

afterEach(() => rmSync(root, { recursive: true }));

test.each([true, false])('A file is replaced as a whole, and is for its owner alone (durable: %p)', (durable) => {
  writeFileSync(path, 'an old and longer content', { mode: 0o644 });
  replaceFile(path, 'new', { durable });
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(root)).toEqual(['file']);
});

test('A file that must be made once is not made twice, and nothing else is left', () => {
  expect(createFile(path, 'first')).toBe(true);
  expect(createFile(path, 'second')).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe('first');
  expect(readdirSync(root)).toEqual(['file']);
});

test('A replacement that fails leaves the old file and no temporary file', () => {
  mkdirSync(path);
  expect(() => replaceFile(path, 'new')).toThrow(expect.objectContaining({ code: 'EISDIR' }));
  expect(readdirSync(root)).toEqual(['file']);
  expect(() => createFile(join(root, 'missing', 'file'), 'x')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
