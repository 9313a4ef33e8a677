/** README and docs/operating.md speak of commands, flags and exit codes: what they say must exist, and nothing be left out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../src/cli/exit-codes';
import { createProgram } from '../../src/cli/program';
import { ERROR_CODES } from '../../src/errors';
import { fakeIo } from './support/fake-io';

const read = (path: string): string => readFileSync(join(__dirname, '../..', path), 'utf8');
const PAGES = ['README.md', 'docs/operating.md', 'docs/sandbox.md', 'docs/configuration.md'];

describe('the docs and the command line', () => {
  const program = createProgram(fakeIo(), async () => {});
  const commands = new Map(program.commands.map((command) => [command.name(), command]));
  const flags = new Set(program.commands.flatMap(({ options }) => options.map(({ long }) => long)));

  test('docs/operating.md lists every command, and no other', () => {
    const listed = [...read('docs/operating.md').matchAll(/^\| `ferry (\w+)/gm)].map(([, name]) => name);
    expect(new Set(listed)).toEqual(new Set(commands.keys()));
  });

  test('docs/operating.md lists every exit code, and no other', () => {
    const listed = [...read('docs/operating.md').matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
    expect(listed.sort((a, b) => a - b)).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });

  test.each(PAGES)('every ferry command that %s names exists', (page) => {
    const named = [...read(page).matchAll(/(?:`|^\$? *|npx )ferry ([a-z]+)\b/gm)].map(([, name]) => name ?? '');
    expect(named.filter((name) => !commands.has(name))).toEqual([]);
  });

  test.each(PAGES)('every flag on a ferry command line of %s exists', (page) => {
    const lines = read(page).match(/\bferry [a-z]+[^`\n]*/g) ?? [];
    const named = lines.flatMap((line) => line.match(/(?<=\s)--[a-z][a-z-]+/g) ?? []);
    expect(named.filter((flag) => !flags.has(flag))).toEqual([]);
  });

  test('every error code that the docs name in capitals exists', () => {
    const named = [...read('docs/errors.md').matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
    expect(new Set(named)).toEqual(new Set(ERROR_CODES));
  });
});
