import { csvLine } from '../../src/lib/csv';

test('a cell with a comma, a quote or a line break is quoted', () => {
  expect(csvLine(['a,b', 'say "x"', 'two\nlines', 'plain'])).toBe('"a,b","say ""x""","two\nlines",plain\r\n');
});

test('a text that a spreadsheet would run as a formula is not run; numbers stay numbers', () => {
  expect(csvLine(['=1+1', '-x', '@x', -1])).toBe("'=1+1,'-x,'@x,-1\r\n");
});

test('a missing value is an empty cell', () => {
  expect(csvLine([null, undefined, false, ''])).toBe(',,false,\r\n');
});
