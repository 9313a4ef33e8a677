/** The pages name files of the project: each of these files must exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const DOCS = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const PAGES = ['README.md', 'CONTRIBUTING.md', ...DOCS.map((name) => `docs/${name}`)];

/** A part in capitals, such as `STEP.ts`, stands for a file that does not exist yet: then its directory counts. */
function pathsIn(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const named = [...text.matchAll(/`((?:src|test|sandbox|docs)\/[\w./-]*)`/g)].map(([, path]) => path ?? '');
  return named.map((path) => path.replace(/[^/]*\b[A-Z]{2,}\b.*$/, ''));
}

test.each(PAGES)('every file that %s names exists', (page) => {
  expect(pathsIn(page).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

/** The changes that were tried when the table was made. */
const TRIED = ['`--why`', '`--as`', 'step', 'retries', 'metric', 'log in', 'storage'];

test('CONTRIBUTING.md lists at most eight files for each change that was tried', () => {
  const page = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| (?:a|the) /.test(line));
  for (const change of TRIED) expect(rows.filter((row) => (row.split('|')[1] ?? '').includes(change))).toHaveLength(1);
  for (const row of rows) expect((row.match(/`(?:src|docs)\//g) ?? []).length).toBeLessThanOrEqual(8);
});
