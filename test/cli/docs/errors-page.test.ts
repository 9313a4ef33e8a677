import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsPage } from './errors-page';
import { ERROR_CODES, ERROR_TABLE } from '../../../src/errors';

const PAGE = join(__dirname, '../../../docs/errors.md');

test('docs/errors.md is what the error table says', () => {
  const made = errorsPage();
  if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(PAGE, made);
  expect(readFileSync(PAGE, 'utf8')).toBe(made);
});

test('every code of the table stands on the page once, with its remedy', () => {
  const page = errorsPage();
  for (const code of ERROR_CODES) {
    expect(page.split(`### ${code}\n`)).toHaveLength(2);
    expect(page).toContain(ERROR_TABLE[code].remedy);
  }
});
