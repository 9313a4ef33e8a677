import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

interface Package {
  readonly name: string;
  readonly main: string;
  readonly types: string;
  readonly exports: Readonly<Record<string, string>>;
}

const { name, main, types, exports: doors } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Package;

/** What a program that imports the package by this name gets, on a Node of its own. */
function namesIn(specifier: string): unknown {
  const script = `console.log(JSON.stringify(Object.keys(require(${JSON.stringify(specifier)}))))`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8' }));
}

test.each([
  ['.', 'connectFerry'],
  ['./worker', 'runWorker'],
])('A program that imports the door %s of the package gets %s, with its types.', (door, expected) => {
  expect(namesIn(join(name, door))).toContain(expected);
  expect(existsSync(join(ROOT, doors[door]!.replace(/\.js$/, '.d.ts')))).toBe(true);
});

test('A program that knows nothing of doors gets the client.', () => {
  expect(join(ROOT, main)).toBe(join(ROOT, doors['.']!));
  expect(existsSync(join(ROOT, types))).toBe(true);
});

test('No door is left that is not opened by a test above.', () => {
  expect(Object.keys(doors)).toEqual(['.', './worker']);
});
