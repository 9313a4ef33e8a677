import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  anchorPath,
  makeAuditKey,
  readAnchors,
  readAuditKeys,
  verifyEvidence,
  type Verified,
} from '../../src/evidence';
import { booksIn, keepReceipts, linesIn, oldLine, receiptInput, stateDirectory, writeLines } from './support';

const state = stateDirectory();
const march = (): string => join(state.path(), 'receipts', '2026-03.jsonl');
const FILE = 'receipts/2026-03.jsonl';

async function verify({ withAnchors = true } = {}): Promise<Verified> {
  const anchors = withAnchors ? await readAnchors(anchorPath(state.path())) : [];
  return verifyEvidence(state.path(), readAuditKeys(state.path()), anchors);
}

/** Keeps five receipts and changes their lines. */
async function tamper(change: (lines: string[]) => readonly string[]): Promise<void> {
  await keepReceipts(state.path(), ['a', 'b', 'c', 'd', 'e']);
  await writeLines(march(), change(await linesIn(march())));
}

const forged = (line: string): string => line.replace('"caption":"a', '"caption":"A');

test('Lines as they were written have no problems.', async () => {
  await tamper((lines) => lines);
  expect(await verify()).toEqual({
    files: [{ file: FILE, chained: 5, unchained: 0, isTorn: false }],
    problems: [],
  });
});

test.each([
  [
    'changed in the middle',
    (l: string[]) => l.with(2, forged(l[2]!)),
    [{ kind: 'changed', lines: [3, 3], numbers: [3, 3] }],
  ],
  [
    'changed at the beginning',
    (l: string[]) => l.with(0, forged(l[0]!)),
    [{ kind: 'changed', lines: [1, 1], numbers: [1, 1] }],
  ],
  [
    'changed at the end',
    (l: string[]) => l.with(4, forged(l[4]!)),
    [{ kind: 'changed', lines: [5, 5], numbers: [5, 5] }],
  ],
  [
    'changed one after the other',
    (l: string[]) => l.with(1, forged(l[1]!)).with(2, forged(l[2]!)),
    [{ kind: 'changed', lines: [2, 3], numbers: [2, 3] }],
  ],
  ['missing in the middle', (l: string[]) => l.toSpliced(1, 2), [{ kind: 'missing', lines: [1, 2], numbers: [2, 3] }]],
  ['missing at the beginning', (l: string[]) => l.slice(1), [{ kind: 'missing', lines: [0, 1], numbers: [1, 1] }]],
  ['cut off at the end', (l: string[]) => l.slice(0, 3), [{ kind: 'cut', lines: [3, 3], numbers: [4, 5] }]],
  ['all cut off', () => [], [{ kind: 'cut', lines: [0, 0], numbers: [1, 5] }]],
  [
    'replaced by a receipt without a chain',
    (l: string[]) => l.with(2, oldLine('x')),
    [{ kind: 'changed', lines: [3, 3], numbers: [3, 3] }],
  ],
  [
    'joined by a receipt without a chain',
    (l: string[]) => l.toSpliced(2, 0, oldLine('x')),
    [{ kind: 'foreign', lines: [3, 3], numbers: null }],
  ],
  [
    'joined by one at the end',
    (l: string[]) => [...l, oldLine('x')],
    [{ kind: 'foreign', lines: [6, 6], numbers: null }],
  ],
  ['joined by a copy of a line', (l: string[]) => [...l, l[1]!], [{ kind: 'foreign', lines: [6, 6], numbers: null }]],
  [
    'joined by a forged copy',
    (l: string[]) => l.toSpliced(2, 0, forged(l[1]!)),
    [{ kind: 'foreign', lines: [3, 3], numbers: null }],
  ],
])('Lines that are %s are found and named.', async (_what, change, problems) => {
  await tamper(change);
  expect((await verify()).problems).toEqual(problems.map((problem) => ({ file: FILE, ...problem })));
});

test('Lines that changed places are found.', async () => {
  await tamper(([first, second, third, ...rest]) => [first!, third!, second!, ...rest]);
  expect((await verify()).problems.map(({ kind, lines }) => [kind, lines])).toEqual([
    ['missing', [1, 2]],
    ['foreign', [3, 3]],
  ]);
});

test('A file that is gone is found by its anchors, and a cut is not found without them.', async () => {
  await tamper((lines) => lines.slice(0, 3));
  expect((await verify({ withAnchors: false })).problems).toEqual([]);
  await rm(march());
  expect((await verify()).problems).toEqual([{ kind: 'cut', file: FILE, lines: [1, 1], numbers: [1, 5] }]);
});

test('An end that was cut off and written anew is not what was anchored.', async () => {
  await tamper((lines) => lines.slice(0, 4));
  await keepReceipts(state.path(), ['f', 'g']);
  expect((await verify()).problems).toEqual([{ kind: 'changed', file: FILE, lines: [5, 5], numbers: [5, 5] }]);
});

test('A file under the name of another month does not pass.', async () => {
  await keepReceipts(state.path(), ['a']);
  await writeLines(join(state.path(), 'receipts', '2026-02.jsonl'), await linesIn(march()));
  expect((await verify()).problems).toEqual([
    { kind: 'foreign', file: 'receipts/2026-02.jsonl', lines: [1, 1], numbers: null },
  ]);
});

test('Receipts of earlier versions are unchained and not forged, and are guarded once a chain follows.', async () => {
  await writeLines(march(), [oldLine('x'), oldLine('y')]);
  expect(await verify()).toEqual({ files: [{ file: FILE, chained: 0, unchained: 2, isTorn: false }], problems: [] });
  await keepReceipts(state.path(), ['a', 'b']);
  expect(await verify()).toEqual({ files: [{ file: FILE, chained: 2, unchained: 2, isTorn: false }], problems: [] });
  const lines = await linesIn(march());
  await writeLines(march(), [forged(lines[0]!), ...lines.slice(1)]);
  expect((await verify()).problems).toEqual([{ kind: 'changed', file: FILE, lines: [1, 2], numbers: null }]);
});

test('A torn last line is told and is not a problem.', async () => {
  await tamper((lines) => lines);
  await writeFile(march(), '{"type":"receipt","tran', { flag: 'a' });
  expect(await verify()).toMatchObject({ files: [{ chained: 5, isTorn: true }], problems: [] });
});

test('A ring with a new first key checks the lines of the old one, and a ring without it says so.', async () => {
  await keepReceipts(state.path(), ['a', 'b']);
  const key = join(state.path(), 'audit.key');
  const old = (await linesIn(key))[0]!;
  await rm(key);
  makeAuditKey(state.path());
  const fresh = (await linesIn(key))[0]!;
  await writeLines(key, [fresh, old]);
  await keepReceipts(state.path(), ['c']);
  expect((await verify()).problems).toEqual([]);
  await writeLines(key, [fresh]);
  expect((await verify()).problems).toEqual([{ kind: 'unknown-key', file: FILE, lines: [1, 2], numbers: [1, 2] }]);
});

test('The first of many receipts in one commit is anchored with the last, so a cut in between is found.', async () => {
  const books = booksIn(state.path());
  await books.keepReceipts(Array.from({ length: 100 }, (_, index) => receiptInput(`t${index}`)));
  await books.close();
  await writeLines(march(), (await linesIn(march())).slice(0, 50));
  expect((await verify()).problems).toEqual([{ kind: 'cut', file: FILE, lines: [50, 50], numbers: [51, 100] }]);
});
