import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBooks, readAnchors, readAuditKeys, verifyEvidence } from '../../src/evidence';
import { prepareEvidence } from '../../src/worker/prepare-evidence';
import { waitFor } from '../support/wait-for';
import { auditEntry, booksIn, linesIn, oldLine, receiptInput, stateDirectory, writeLines } from './support';

const state = stateDirectory();
const receipts = (): string => join(state.path(), 'receipts');
const march = (): string => join(receipts(), '2026-03.jsonl');

async function transfersIn(path: string): Promise<readonly string[]> {
  return (await linesIn(path)).map((line) => (JSON.parse(line) as { readonly transferId: string }).transferId);
}

async function problems(): Promise<readonly unknown[]> {
  return (await verifyEvidence(state.path(), readAuditKeys(state.path()), [])).problems;
}

test('A kept receipt is one line of the month in which it was finished, for its owner alone.', async () => {
  const books = booksIn(state.path());
  await books.keepReceipts([receiptInput('a', '2026-02-28T23:59:59.999Z')]);
  await books.keepReceipts([receiptInput('b')]);
  await books.close();
  expect(await readdir(receipts())).toEqual(['2026-02.jsonl', '2026-03.jsonl']);
  const { receipt, runId } = receiptInput('b');
  const hex = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect((await linesIn(march())).map((line) => JSON.parse(line) as unknown)).toEqual([
    { type: 'receipt', v: 1, ...receipt, runId, chain: { key: expect.any(String), n: 1, prev: hex }, mac: hex },
  ]);
  expect((await stat(march())).mode & 0o777).toBe(0o600);
  expect((await stat(receipts())).mode & 0o777).toBe(0o700);
  expect((await stat(join(state.path(), 'audit.key'))).mode & 0o777).toBe(0o600);
});

test('Many receipts are one commit, in their order.', async () => {
  const books = booksIn(state.path());
  const ids = Array.from({ length: 500 }, (_, index) => `t${index}`);
  await books.keepReceipts(ids.map((id) => receiptInput(id)));
  await books.close();
  expect(await transfersIn(march())).toEqual(ids);
  expect(await problems()).toEqual([]);
});

test('Receipts of two workers at once are one chain of whole lines.', async () => {
  const writers = [booksIn(state.path()), booksIn(state.path())];
  const ids = Array.from({ length: 60 }, (_, index) => `t${index}`);
  await Promise.all(ids.map((id, index) => writers[index % 2]!.keepReceipts([receiptInput(id)])));
  await Promise.all(writers.map((books) => books.close()));
  expect([...(await transfersIn(march()))].sort()).toEqual([...ids].sort());
  expect(await problems()).toEqual([]);
});

test('A line that a kill or a full disk has torn gives way to the next one.', async () => {
  const books = booksIn(state.path());
  await books.keepReceipts([receiptInput('a')]);
  await appendFile(march(), '{"type":"rec');
  await books.keepReceipts([receiptInput('b')]);
  await books.close();
  expect(await transfersIn(march())).toEqual(['a', 'b']);
  expect(await problems()).toEqual([]);
});

test('A whole line that lost only its line break stays.', async () => {
  const first = booksIn(state.path());
  await first.keepReceipts([receiptInput('a')]);
  await first.close();
  await writeFile(march(), (await readFile(march(), 'utf8')).slice(0, -1));
  const next = booksIn(state.path());
  await next.keepReceipts([receiptInput('b')]);
  await next.close();
  expect(await transfersIn(march())).toEqual(['a', 'b']);
  expect(await problems()).toEqual([]);
});

test('A torn line of an earlier version stays, and does not swallow the next one.', async () => {
  await writeLines(march(), [oldLine('old')]);
  await appendFile(march(), '{"type":"rec');
  const books = booksIn(state.path());
  await books.keepReceipts([receiptInput('a')]);
  await books.close();
  const lines = await linesIn(march());
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[2]!)).toMatchObject({ transferId: 'a' });
  expect(await problems()).toEqual([]);
});

test('A receipt that cannot be written is refused with a code that parks, and is written once it can be.', async () => {
  await writeFile(receipts(), 'a file where the directory should be');
  const books = booksIn(state.path());
  await expect(books.keepReceipts([receiptInput('a')])).rejects.toMatchObject({ code: 'TARGET_NOT_WRITABLE' });
  await rm(receipts());
  await books.keepReceipts([receiptInput('a')]);
  await books.close();
  expect(await linesIn(march())).toHaveLength(1);
});

test('A request that is recorded again by a repeated attempt gives one line.', async () => {
  const books = booksIn(state.path());
  await books.keepAudit([auditEntry('c1')]);
  await books.keepAudit([auditEntry('c1'), auditEntry('c2', 'resume')]);
  await books.close();
  const lines = await linesIn(join(state.path(), 'audit', '2026-03.jsonl'));
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { type: 'audit', v: 1, id: 'c1', action: 'pause', by: 'eve@lap', why: 'the storage is moved' },
    { type: 'audit', v: 1, id: 'c2', action: 'resume' },
  ]);
});

test('No lock is left when the books are closed.', async () => {
  const books = booksIn(state.path());
  await books.keepReceipts([receiptInput('a')]);
  await books.keepAudit([auditEntry('c1')]);
  await books.close();
  expect(await readdir(join(state.path(), 'audit'))).toEqual(['2026-03.jsonl']);
});

test('An anchor that cannot be written does not hold a receipt up, and is written later.', async () => {
  const anchorFile = join(state.path(), 'elsewhere', 'anchors.jsonl');
  const failures: unknown[] = [];
  const books = openBooks({ stateDir: state.path(), anchorFile, onAnchorFailure: (error) => failures.push(error) });
  await books.keepReceipts([receiptInput('a')]);
  await waitFor(() => failures.length > 0);
  await mkdir(join(anchorFile, '..'));
  await books.close();
  expect(await readAnchors(anchorFile)).toMatchObject([{ file: 'receipts/2026-03.jsonl', n: 1 }]);
});

test('A worker whose state directory cannot be made is told so at its start.', async () => {
  await writeFile(join(state.path(), 'file'), '');
  expect(() => prepareEvidence(join(state.path(), 'file'))).toThrow(
    expect.objectContaining({ code: 'TARGET_NOT_WRITABLE', message: expect.stringContaining('XDG_STATE_HOME') }),
  );
  prepareEvidence(state.path());
  expect(await readdir(receipts())).toEqual([]);
});

test.each(['../../outside', '2026-1/../..', '2026-99-01T00:00:00Z', ''])(
  'A receipt that ended at %j names no file.',
  async (finishedAt) => {
    const books = booksIn(state.path());
    await expect(books.keepReceipts([receiptInput('a', finishedAt)])).rejects.toMatchObject({
      code: 'INPUT_REFUSED',
    });
    await expect(readdir(state.path())).resolves.toEqual(['audit.key']);
  },
);
