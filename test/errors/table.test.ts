import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codesWith, ERROR_CODES, ERROR_TABLE, FerryError } from '../../src/errors';

const SRC = join(__dirname, '../../src');

/** Three codes in a row are a list. Each of these files maps codes to words or from foreign codes, and decides nothing. */
const MAY_LIST_CODES: readonly string[] = [
  'cli/doctor/liveperson-checks.ts', // which check an error belongs to
  'errors/table.ts',
];

test('A remedy begins with "Nothing to do" exactly where the row says that a person has nothing to do', () => {
  const byText = ERROR_CODES.filter((code) => ERROR_TABLE[code].remedy.startsWith('Nothing to do'));
  expect(codesWith('person', 'nothing')).toEqual(byText);
});

test('A person has something to do wherever a transfer stands still until a person acts', () => {
  for (const code of codesWith('does', 'park')) expect(ERROR_TABLE[code].person).toBeUndefined();
});

test('What is away is retried or waited for, and a conversation that is gone is final', () => {
  for (const code of codesWith('service', 'away')) expect(['retry', 'wait']).toContain(ERROR_TABLE[code].does);
  for (const code of codesWith('conversation', 'gone')) expect(ERROR_TABLE[code].does).toBe('fail');
});

test('An error has the remedy of its row, unless it brings its own', () => {
  expect(new FerryError('USAGE', 'x').remedy).toBe(ERROR_TABLE.USAGE.remedy);
  expect(new FerryError('USAGE', 'x', { remedy: 'Do y.' }).remedy).toBe('Do y.');
});

test('No file beside the table lists codes to decide by them', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const list =
    /(?:'([A-Z]+(?:_[A-Z]+)*)'|\b([A-Z]+(?:_[A-Z]+)*): \S+),?\s+(?:'([A-Z_]+)'|([A-Z_]+): \S+),?\s+(?:'([A-Z_]+)'|([A-Z_]+): )/g;
  const listing = files.filter((name) =>
    Array.from(readFileSync(join(SRC, name), 'utf8').matchAll(list), (found) =>
      found.slice(1).filter((code) => code !== undefined),
    ).some((codes) => codes.every((code) => Object.hasOwn(ERROR_TABLE, code))),
  );
  expect(listing.filter((name) => !MAY_LIST_CODES.includes(name))).toEqual([]);
});
