/** README and docs/operating.md speak of commands, flags and exit codes: what they say must exist, and nothing be left out. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../../src/cli/shared/exit-codes';
import { flagsPage, leavesOf } from './flags-page';
import { createProgram } from '../../../src/cli/program/program';
import { ERROR_CODES } from '../../../src/errors';
import { fakeIo } from '../support/fake-io';

const read = (path: string): string => readFileSync(join(__dirname, '../../..', path), 'utf8');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/operating.md',
  'docs/jobs.md',
  'docs/schedules.md',
  'docs/sandbox.md',
  'docs/configuration.md',
  'docs/architecture.md',
];

/** Between Ferry's own processes; no business of people. */
const INTERNAL_VARIABLES = new Set(['FERRY_OWNED_TEMPORAL', 'FERRY_UP_CHANNEL']);

function sources(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

describe('the docs and the command line', () => {
  const program = createProgram(
    fakeIo(),
    async () => {},
    () => {},
  );
  const commands = new Map(program.commands.map((command) => [command.name(), command]));
  const flags = new Set(leavesOf(program).flatMap(({ command }) => command.options.map(({ long }) => long)));

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

  test('docs/operating.md lists every flag of every command, in the words of its help', () => {
    const page = join(__dirname, '../../../docs/operating.md');
    const parts = /(<!-- generated [^\n]*-->\n)([\s\S]*)(<!-- end of generated -->)/;
    const text = readFileSync(page, 'utf8');
    const wanted = text.replace(
      parts,
      (_all, start: string, _old, end: string) => `${start}\n${flagsPage(program)}\n\n${end}`,
    );
    if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(page, wanted);
    // The formatter aligns tables.
    const bare = (markdown: string): string => markdown.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---');
    expect(bare(readFileSync(page, 'utf8'))).toBe(bare(wanted));
  });

  test('docs/errors.md has every error code, and no other', () => {
    const named = [...read('docs/errors.md').matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
    expect(new Set(named)).toEqual(new Set(ERROR_CODES));
  });

  test.each(PAGES)('every error code that %s names exists', (page) => {
    const named = [...read(page).matchAll(/[[`]([A-Z]{3,}_[A-Z_]+)[\]`]/g)].map(([, code]) => code ?? '');
    const others = /^(FERRY|TEMPORAL|ACME|XDG|NO|STEP)_/;
    expect(named.filter((code) => !others.test(code) && !ERROR_CODES.some((known) => known === code))).toEqual([]);
  });

  test('docs/operating.md lists every FERRY_ variable that the code reads, and no other', () => {
    const inCode = sources(join(__dirname, '../../../src')).flatMap((text) => text.match(/\bFERRY_[A-Z_]+\b/g) ?? []);
    const rows = read('docs/operating.md').match(/^\| `FERRY_.*/gm) ?? [];
    const listed = rows.flatMap((row) => row.split('|')[1]?.match(/FERRY_[A-Z_]+/g) ?? []);
    expect(new Set(listed)).toEqual(new Set(inCode.filter((name) => !INTERNAL_VARIABLES.has(name))));
  });
});
