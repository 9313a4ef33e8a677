import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReceiptBook, prepareReceipts } from '../../src/worker/receipts';
import type { KeepReceiptInput } from '../../src/contract';

let home: string;
let directory: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ferry-receipts-'));
  directory = join(home, 'receipts');
});
afterEach(() => rm(home, { recursive: true, force: true }));

function entry(transferId: string, finishedAt = '2026-03-01T10:00:00.000Z'): KeepReceiptInput {
  const receipt = {
    transferId,
    source: '/data/plan.jpg',
    host: 'h',
    account: 'acme',
    consumer: 'ops',
    conversationId: 'c1',
    dialogId: 'c1',
    relativePath: '/v1/x',
    sequence: 7,
    caption: 'a "line"\nand another',
    fileType: 'JPG',
    sizeBytes: 1,
    md5: 'm',
    sha256: null,
    fetchedTo: null,
    urlRenewals: 0,
    bytesSent: 1,
    bytesFetched: 0,
    repeated: false,
    startedAt: finishedAt,
    finishedAt,
  };
  return { receipt, runId: `run-of-${transferId}` };
}

async function linesOf(month: string): Promise<readonly string[]> {
  const text = await readFile(join(directory, `${month}.jsonl`), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

test('A kept receipt is one line of the month in which it was finished, for its owner alone.', async () => {
  const book = openReceiptBook(directory);
  await book.keep(entry('a', '2026-02-28T23:59:59.999Z'));
  await book.keep(entry('b'));
  expect(await readdir(directory)).toEqual(['2026-02.jsonl', '2026-03.jsonl']);
  const { receipt, runId } = entry('b');
  expect((await linesOf('2026-03')).map((line) => JSON.parse(line) as unknown)).toEqual([
    { type: 'receipt', v: 1, ...receipt, runId },
  ]);
  expect((await stat(join(directory, '2026-03.jsonl'))).mode & 0o777).toBe(0o600);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
});

test('Receipts of two workers at once are all whole lines.', async () => {
  const books = [openReceiptBook(directory), openReceiptBook(directory)];
  const ids = Array.from({ length: 60 }, (_, index) => `t${index}`);
  await Promise.all(ids.map((id, index) => books[index % 2]!.keep(entry(id))));
  const kept = (await linesOf('2026-03')).map((line) => (JSON.parse(line) as { transferId: string }).transferId);
  expect([...kept].sort()).toEqual([...ids].sort());
});

test('A line that was torn by a kill or a full disk does not swallow the next one.', async () => {
  const book = openReceiptBook(directory);
  await book.keep(entry('a'));
  await appendFile(join(directory, '2026-03.jsonl'), '{"type":"rec');
  await book.keep(entry('b'));
  const lines = await linesOf('2026-03');
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[2]!)).toMatchObject({ transferId: 'b' });
});

test('A receipt that cannot be written is refused with a code that parks, and is written once it can be.', async () => {
  await writeFile(directory, 'a file where the directory should be');
  const book = openReceiptBook(directory);
  await expect(book.keep(entry('a'))).rejects.toMatchObject({ code: 'TARGET_NOT_WRITABLE' });
  await rm(directory);
  await book.keep(entry('a'));
  expect(await linesOf('2026-03')).toHaveLength(1);
});

test('A worker whose state directory cannot be made is told so at its start.', async () => {
  await writeFile(join(home, 'file'), '');
  expect(() => prepareReceipts(join(home, 'file', 'receipts'))).toThrow(
    expect.objectContaining({ code: 'TARGET_NOT_WRITABLE', message: expect.stringContaining('XDG_STATE_HOME') }),
  );
  prepareReceipts(directory);
  expect(await readdir(directory)).toEqual([]);
});

test.each(['../../outside', '2026-1/../..', '2026-99-01T00:00:00Z', ''])(
  'A receipt that ended at %j names no file.',
  async (finishedAt) => {
    await expect(openReceiptBook(directory).keep(entry('a', finishedAt))).rejects.toMatchObject({
      code: 'INPUT_REFUSED',
    });
    await expect(readdir(home)).resolves.toEqual([]);
  },
);
