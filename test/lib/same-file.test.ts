import { isSameVersion, wholeMs } from '../../src/lib/same-file';

const seen = { sizeBytes: 10, mtimeMs: 1_700_000_000_561.2153, inode: 7 };

test.each([
  ['microseconds', 1_700_000_000_561.215],
  ['milliseconds', 1_700_000_000_561],
  ['milliseconds, through seconds with a fraction', 1_700_000_000_560.9998],
])('A file whose time was cut to %s is the same version', (_what, mtimeMs) => {
  expect(isSameVersion(seen, { size: 10, ino: 7, mtimeMs })).toBe(true);
  expect(wholeMs(mtimeMs)).toBe(wholeMs(seen.mtimeMs));
});

test('A time that was computed in another way is the same time, also just below a whole millisecond.', () => {
  const ns = 1_795_860_974_720_998_848n;
  const asStatDoes = Number(ns / 1_000_000_000n) * 1e3 + Number(ns % 1_000_000_000n) / 1e6;
  const divided = Number(ns) / 1e6;
  expect(wholeMs(divided)).not.toBe(wholeMs(asStatDoes));
  expect(isSameVersion({ ...seen, mtimeMs: asStatDoes }, { size: 10, ino: 7, mtimeMs: divided })).toBe(true);
});

test.each([
  ['size', { size: 11, ino: 7, mtimeMs: seen.mtimeMs }],
  ['inode', { size: 10, ino: 8, mtimeMs: seen.mtimeMs }],
  ['time', { size: 10, ino: 7, mtimeMs: seen.mtimeMs + 1 }],
])('A file of another %s is another version', (_what, now) => {
  expect(isSameVersion(seen, now)).toBe(false);
});
