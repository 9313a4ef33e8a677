import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../src/cli/program/run';
import { keepReceipts, linesIn, oldLine, stateDirectory, writeLines } from '../../evidence/support';
import { documents, fakeIo } from '../support/fake-io';

const state = stateDirectory();
const march = (): string => join(state.path(), 'receipts', '2026-03.jsonl');

async function receipts(...words: readonly string[]) {
  const io = fakeIo({ env: { HOME: state.path() }, cwd: state.path(), now: () => Date.parse('2026-03-05T00:00:00Z') });
  const code = await run(['receipts', ...words, '--state', state.path()], io);
  return { code, io };
}

test('verify answers with 0 and what it has read when nothing was touched.', async () => {
  await writeLines(march(), [oldLine('x')]);
  await keepReceipts(state.path(), ['a', 'b']);
  const { code, io } = await receipts('verify', '--json');
  const files = [{ file: 'receipts/2026-03.jsonl', chained: 2, unchained: 1, isTorn: false }];
  expect(documents(io)).toMatchObject([{ type: 'status', v: 1, action: 'verify', ok: true, files, problems: [] }]);
  expect(code).toBe(0);
  expect((await receipts('verify')).io.out()).toMatch(
    /^2 lines in 1 file of .*: as they were written\.\n {2}1 line of earlier versions without a chain/,
  );
});

test('verify names each line that was tampered with, and answers with 3.', async () => {
  await keepReceipts(state.path(), ['a', 'b', 'c', 'd']);
  const [first, second, third] = await linesIn(march());
  await writeLines(march(), [first!, second!.replace('"md5":"m"', '"md5":"n"'), third!]);
  const { code, io } = await receipts('verify', '--json');
  expect(code).toBe(3);
  expect(documents(io)).toMatchObject([
    {
      error: {
        code: 'EVIDENCE_BROKEN',
        message: expect.stringContaining('Line 2 of receipts/2026-03.jsonl was changed'),
      },
    },
    { error: { code: 'EVIDENCE_BROKEN', message: expect.stringContaining('was cut off after line 3 (number 4') } },
    { type: 'status', ok: false, problems: [{ kind: 'changed' }, { kind: 'cut' }] },
  ]);
});

test('verify reads the anchors that the configuration names.', async () => {
  await writeFile(join(state.path(), 'ferry.toml'), 'auditAnchor = "elsewhere.jsonl"\n', { mode: 0o600 });
  await keepReceipts(state.path(), ['a', 'b']);
  await writeLines(march(), (await linesIn(march())).slice(0, 1));
  const unanchored = await receipts('verify');
  expect(unanchored.code).toBe(0);
  expect(unanchored.io.err()).toContain('elsewhere.jsonl has no anchors');
  expect((await receipts('verify', '--anchors', 'anchors.jsonl')).code).toBe(3);
});

test('export writes to stdout, or to a file that appears only when it is complete.', async () => {
  await keepReceipts(state.path(), ['a', 'b']);
  const all = await receipts('export', '--since', '2026-03-01');
  expect(documents(all.io)).toMatchObject([{ transferId: 'a' }, { transferId: 'b' }]);
  expect(documents((await receipts('export', '--since', '24h')).io)).toEqual([]);
  const written = await receipts('export', '--format', 'csv', '--output', 'march.csv', '--json');
  const file = join(state.path(), 'march.csv');
  expect(documents(written.io)).toEqual([{ type: 'status', v: 1, action: 'export', file, format: 'csv', receipts: 2 }]);
  expect(readFileSync(file, 'utf8')).toMatch(/^transferId,.*\r\na,.*/);
});

test('An export that fails leaves no file.', async () => {
  await mkdir(march(), { recursive: true });
  const { code } = await receipts('export', '--output', 'all.jsonl');
  expect(code).not.toBe(0);
  expect(readdirSync(state.path()).filter((name) => name.startsWith('all'))).toEqual([]);
});

test('An export to a pipe is refused, and to a directory that is missing says so.', async () => {
  await keepReceipts(state.path(), ['a']);
  const pipe = join(state.path(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const refused = await receipts('export', '--output', 'pipe');
  expect([refused.code, refused.io.err()]).toEqual([2, expect.stringContaining('it is a device, a pipe or a socket.')]);
  expect(lstatSync(pipe).isFIFO()).toBe(true);
  const lost = await receipts('export', '--output', 'no/such/file');
  expect(lost.io.err()).toContain('there is no directory');
});

test.each([
  [['mend']],
  [[]],
  [['verify', '--since', '30d']],
  [['export', '--anchors', 'x']],
  [['export', '--since', 'yesterday']],
  [['export', '--format', 'xml']],
  [['export', '--format', 'csv', '--json']],
])('ferry receipts %p is refused.', async (words) => {
  await expect(receipts(...words)).resolves.toMatchObject({ code: 2 });
});
