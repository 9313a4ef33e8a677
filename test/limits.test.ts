import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const PAGE = join(ROOT, 'docs/limits.md');

/** Rooms whose time constants must have a row. The command line's are a matter of display. */
const ROOMS = [
  'activities',
  'client',
  'engine',
  'evidence',
  'ledger',
  'lib',
  'liveperson',
  'metrics',
  'notify',
  'storage',
  'supervisor',
  'worker',
  'workflows',
];

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Row {
  readonly line: string;
  readonly value: string;
  readonly constant: string;
  readonly file: string;
}

function rowsOf(page: string): readonly Row[] {
  const rows = page.matchAll(/^\| .* \| +(.*?) +\| `(\w+)` +\| `(src\/.*?)` +\|$/gm);
  return Array.from(rows, ([line, value = '', constant = '', file = '']) => ({ line, value, constant, file }));
}

/** The milliseconds in `NAME = 5 * 60_000;`, `name: 5000,`, `name ?? 5000` and `NAME = [5000, 10_000];`. */
function valueIn(code: string, constant: string): string | null {
  const number = String.raw`[\d_.]+(?: \* [\d_]+)*`;
  const value = new RegExp(
    String.raw`\b${constant}\b(?: =|: (?:[\w.]+ \?\?)?| \?\?)\s*(\[[\d_, ]+\]|${number})(?=[;,)\s])`,
  ).exec(code)?.[1];
  if (value === undefined) return null;
  return value.replaceAll(/[[\]]/g, '').split(', ').map(inWords).join(', ');
}

function inWords(text: string): string {
  const ms = text.split(' * ').reduce((product, factor) => product * Number(factor.replaceAll('_', '')), 1);
  const [unit, size] = UNITS.find(([, each]) => ms >= each && ms % each === 0) ?? ['ms', 1];
  return `${ms / size} ${unit}`;
}

/** Names of constants for milliseconds that are numbers; sums of other constants say nothing new. */
function timesIn(file: string): readonly string[] {
  return Array.from(read(file).matchAll(/^(?:export )?const ([A-Z_]+_MS) = \[?\d/gm), ([, name = '']) => name);
}

test('Every value of docs/limits.md is the value in the code', () => {
  const page = readFileSync(PAGE, 'utf8');
  const rows = rowsOf(page);
  const now = rows.map(({ constant, file }) => valueIn(read(file), constant));
  if (process.env['UPDATE_DOCS'] !== undefined) {
    const written = rows.reduce(
      (text, { line, value }, at) => text.replace(line, line.replace(`| ${value} `, `| ${now[at]} `)),
      page,
    );
    writeFileSync(PAGE, written);
  }
  const shown = rowsOf(readFileSync(PAGE, 'utf8')).map(({ constant, file, value }) => `${file} ${constant} ${value}`);
  expect(shown).toEqual(rows.map(({ constant, file }, at) => `${file} ${constant} ${now[at]}`));
  expect(rows.length).toBeGreaterThan(70);
});

test('Every time constant of the code has a row in docs/limits.md', () => {
  const rows = rowsOf(readFileSync(PAGE, 'utf8')).map(({ constant, file }) => `${file} ${constant}`);
  const files = ROOMS.flatMap((room) =>
    readdirSync(join(ROOT, 'src', room), { recursive: true, encoding: 'utf8' }).map((name) => `src/${room}/${name}`),
  );
  const found = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => timesIn(file).map((name) => `${file} ${name}`));
  expect(found.filter((name) => !rows.includes(name))).toEqual([]);
});
