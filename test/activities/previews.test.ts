import { Previews } from '../../src/activities';

const previewOf = (index: number) => ({ uri: `data:${index}`, sha256: `digest ${index}` });

test('A preview is taken once, and only for the bytes that it shows.', () => {
  const previews = new Previews();
  previews.keep(previewOf(1));
  expect([previews.take('digest 2'), previews.take('digest 1'), previews.take('digest 1')]).toEqual([
    null,
    'data:1',
    null,
  ]);
});

test('Of many previews that nobody takes, the 512 newest are kept.', () => {
  const previews = new Previews();
  for (let index = 0; index < 2000; index += 1) previews.keep(previewOf(index));
  const found = Array.from({ length: 2000 }, (_, index) => previews.take(`digest ${index}`)).map((uri) => uri !== null);
  expect(found.filter(Boolean)).toHaveLength(512);
  expect(found.indexOf(true)).toBe(2000 - 512);
});

test('A preview that is kept again counts as new.', () => {
  const previews = new Previews();
  for (let index = 0; index < 512; index += 1) previews.keep(previewOf(index));
  previews.keep(previewOf(0));
  previews.keep(previewOf(512));
  expect([previews.take('digest 0'), previews.take('digest 1')]).toEqual(['data:0', null]);
});
