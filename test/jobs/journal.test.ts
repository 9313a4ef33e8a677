import { appendFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LineResult } from '../../src/contract';
import type { ErrorCode } from '../../src/errors';
import { openJournals, type Journals } from '../../src/jobs/journal';
import type { JournalRow } from '../../src/jobs/types';
import { takeFileLock } from '../../src/lib/file-lock';
import { resultOf, scratchDirectory } from './support';

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;

beforeEach(async () => {
  scratch = await scratchDirectory();
});

afterEach(() => scratch.remove());

const file = (): string => join(scratch.path, 'journal.jsonl');

function rows(): readonly JournalRow[] {
  return readFileSync(file(), 'utf8')
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => JSON.parse(row) as JournalRow);
}

function record(journals: Journals, page: number, results: readonly LineResult[], pass = 1) {
  return journals.use(scratch.path, async (journal) => {
    await journal.record([{ pass, page, results }]);
    return journal.tally();
  });
}

test('Each line of a page becomes one row, and the counts follow.', async () => {
  const journals = openJournals();
  await record(journals, 0, [resultOf(2), resultOf(3, 'failed')]);
  const { settled, bytesDone, reasons } = await record(journals, 1, [resultOf(4, 'skipped')]);
  expect(settled).toEqual({ done: 1, failed: 1, parked: 0, skipped: 1, cancelled: 0 });
  expect(bytesDone).toBe(200);
  expect(reasons).toEqual([{ state: 'failed', code: 'TOO_LARGE', lines: 1 }]);
  expect(rows().map(({ pass, page, line, state }) => [pass, page, line, state])).toEqual([
    [1, 0, 2, 'done'],
    [1, 0, 3, 'failed'],
    [1, 1, 4, 'skipped'],
  ]);
});

test('Lines that were refused before the job began are counted apart, and keep their mark in the journal.', async () => {
  const journals = openJournals();
  await record(journals, 0, [resultOf(2, 'failed'), { ...resultOf(3, 'failed'), refused: true }]);
  const now = [
    { state: 'failed', code: 'TOO_LARGE', lines: 1 },
    { state: 'failed', code: 'TOO_LARGE', lines: 1, refused: true },
  ];
  expect((await record(openJournals(), 0, [])).reasons).toEqual(now);
  const wanted = await journals.use(scratch.path, (journal) =>
    Promise.resolve([2, 3].map((line) => journal.isWanted(line, 2, { code: 'TOO_LARGE' }))),
  );
  expect(wanted).toEqual([true, true]);
});

test('A page that is recorded twice is in the journal once, also after the worker was replaced.', async () => {
  const page = [resultOf(2), resultOf(3)];
  const journals = openJournals();
  await record(journals, 0, page);
  await record(journals, 0, page);
  const { settled } = await record(openJournals(), 0, page);
  expect(rows()).toHaveLength(2);
  expect(settled.done).toBe(2);
});

test('A torn tail is cut, and the rest of its page is recorded again.', async () => {
  await record(openJournals(), 0, [resultOf(2), resultOf(3)]);
  const whole = readFileSync(file(), 'utf8');
  truncateSync(file(), whole.length - 10);
  const { settled } = await record(openJournals(), 0, [resultOf(2), resultOf(3)]);
  expect(settled.done).toBe(2);
  expect(readFileSync(file(), 'utf8')).toBe(whole);
});

test('What another process has appended counts, and a file that was replaced is read anew.', async () => {
  const journals = openJournals();
  await record(journals, 0, [resultOf(2)]);
  await record(openJournals(), 1, [resultOf(3)]);
  expect((await record(journals, 2, [resultOf(4)])).settled.done).toBe(3);
  const [first] = readFileSync(file(), 'utf8').split('\n');
  await scratch.remove();
  scratch = await scratchDirectory();
  writeFileSync(file(), `${first}\n`);
  expect((await record(journals, 1, [])).settled.done).toBe(1);
});

test('A later pass replaces the results of lines that were not sent, and never those of lines that were.', async () => {
  const journals = openJournals();
  await record(journals, 0, [resultOf(2), resultOf(3, 'parked', 'CREDENTIALS_REFUSED'), resultOf(4, 'failed')]);
  const again = await record(journals, 0, [resultOf(2, 'failed'), resultOf(3), resultOf(4, 'failed')], 2);
  expect(again.settled).toEqual({ done: 2, failed: 1, parked: 0, skipped: 0, cancelled: 0 });
  expect(again.reasons).toEqual([{ state: 'failed', code: 'TOO_LARGE', lines: 1 }]);
  expect(await record(openJournals(), 9, [])).toEqual(again);
  // A result of the first pass that comes now is too late.
  expect((await record(journals, 0, [resultOf(3, 'failed')])).settled).toEqual(again.settled);
});

test('A large file that was parked and then sent by hand is done.', async () => {
  const journals = openJournals();
  await record(journals, 0, [resultOf(2, 'parked', 'SOURCE_MISSING')]);
  expect((await record(journals, 0, [resultOf(2)])).settled).toMatchObject({ done: 1, parked: 0 });
});

test('The first pass runs the lines without a result; a retry those that failed or are parked, or those of one reason.', async () => {
  await openJournals().use(scratch.path, async (journal) => {
    const results = [resultOf(2), resultOf(3, 'failed'), resultOf(4, 'parked', 'DISK_FULL'), resultOf(6, 'cancelled')];
    await journal.record([{ pass: 1, page: 0, results }]);
    const wanted = (pass: number, code?: ErrorCode | null) =>
      [2, 3, 4, 5, 6].filter((line) => journal.isWanted(line, pass, code === undefined ? null : { code }));
    expect(wanted(1)).toEqual([5]);
    expect(wanted(2)).toEqual([3, 4, 5, 6]);
    expect(wanted(2, null)).toEqual([3, 4]);
    expect(wanted(2, 'DISK_FULL')).toEqual([4]);
    await journal.record([{ pass: 2, page: 0, results: [resultOf(4, 'parked', 'DISK_FULL')] }]);
    expect(wanted(2, null)).toEqual([3]);
  });
});

test('While another attempt holds the lock nothing is recorded.', async () => {
  const taken = await takeFileLock(join(scratch.path, 'lock'));
  if (taken.lock === null) throw new Error('the lock is not free');
  await expect(record(openJournals(), 0, [resultOf(2)])).rejects.toMatchObject({ code: 'STALLED' });
  taken.lock.release();
  expect((await record(openJournals(), 0, [resultOf(2)])).settled.done).toBe(1);
});

test('An attempt that lost its lock to another while it was frozen writes nothing.', async () => {
  const frozen = openJournals().use(scratch.path, async (journal) => {
    const other = JSON.stringify({ token: 'another', pid: 1, startTime: '0', world: null, host: 'elsewhere' });
    writeFileSync(join(scratch.path, 'other'), other);
    renameSync(join(scratch.path, 'other'), join(scratch.path, 'lock'));
    await journal.record([{ pass: 1, page: 0, results: [resultOf(2)] }]);
  });
  await expect(frozen).rejects.toMatchObject({ code: 'STALLED' });
  expect(rows()).toEqual([]);
});

test('A row that cannot be read is not passed over, and a missing directory is said.', async () => {
  await record(openJournals(), 0, [resultOf(2)]);
  appendFileSync(file(), 'not a row\n');
  await expect(record(openJournals(), 1, [resultOf(3)])).rejects.toMatchObject({ code: 'JOB_FILES_UNUSABLE' });
  await scratch.remove();
  await expect(record(openJournals(), 1, [resultOf(3)])).rejects.toMatchObject({ code: 'JOB_FILES_UNUSABLE' });
});

test('The counts of 20,000 lines are rebuilt in one pass.', async () => {
  const pages = Array.from({ length: 400 }, (_, page) => ({
    pass: 1,
    page,
    results: Array.from({ length: 50 }, (_row, index) => resultOf(page * 50 + index + 2)),
  }));
  await openJournals().use(scratch.path, (journal) => journal.record(pages));
  expect((await record(openJournals(), 0, [])).settled.done).toBe(20_000);
});
