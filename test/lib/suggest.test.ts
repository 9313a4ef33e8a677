import { suggest } from '../../src/lib/suggest';

test.each([
  ['amce', 'acme'],
  ['ACME', 'acme'],
  ['pass', 'passwordFile'],
  ['password-file', 'passwordFile'],
  ['xyz', null],
  ['', null],
])('For %j the suggestion is %j', (word, meant) => {
  expect(suggest(word, ['acme', 'passwordFile', 'types'])).toBe(meant);
});
