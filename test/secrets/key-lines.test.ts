import { addKey, makeKeyLine, makeSealKey, parseSealKeys, putFirst, takeOut } from '../../src/secrets';

const NOW = Date.parse('2026-12-01T00:00:00.000Z');
const [one, two, three] = [makeSealKey(), makeSealKey(), makeSealKey()];
const idOf = (key: string): string => parseSealKeys(key)[0]!.id;
const idsIn = (text: string): string[] => parseSealKeys(text).map(({ id }) => id);

test('A line of a key file tells when its key was made; a key without a comment does not.', () => {
  const ring = parseSealKeys(`${makeKeyLine(NOW)}\n${one}\n`);
  expect(ring.map(({ madeAt }) => madeAt)).toEqual(['2026-12-01T00:00:00.000Z', null]);
});

test('A new key becomes the first, or the last when it only opens; comments stay.', () => {
  const text = `# ours\n${one}\n`;
  expect(addKey(text, two, true)).toBe(`${two}\n# ours\n${one}\n`);
  expect(addKey(text, two, false)).toBe(`# ours\n${one}\n${two}\n`);
  expect(addKey(one, two, false)).toBe(`${one}\n${two}\n`);
});

test('A key moves to the first line with its comment.', () => {
  expect(putFirst(`${one} # old\n${two} # new\n`, idOf(two))).toBe(`${two} # new\n${one} # old\n`);
});

test('A key is taken out with its line, and leaves the other keys of a shared line.', () => {
  expect(takeOut(`# ours\n${one} # old\n${two}\n`, idOf(one))).toBe(`# ours\n${two}\n`);
  expect(idsIn(takeOut(`${one}, ${two},${three} # all\n`, idOf(two)))).toEqual([idOf(one), idOf(three)]);
  expect(idsIn(takeOut(`${one}, ${two}\n`, idOf(one)))).toEqual([idOf(two)]);
});
