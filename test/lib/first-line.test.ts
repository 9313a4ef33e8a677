import { firstLine } from '../../src/lib/first-line';

test.each([
  [new Error('The file is gone.'), 'The file is gone'],
  [new Error('\nsecond line first\nthird'), 'second line first'],
  [{ message: 'of another realm...' }, 'of another realm'],
  ['a text', 'a text'],
  [new Error(''), 'no reason was given'],
])('The first line of %p ends a sentence: %s', (error, line) => {
  expect(firstLine(error)).toBe(line);
});
