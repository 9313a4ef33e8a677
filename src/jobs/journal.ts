/**
 * The journals of this host's jobs: the result of each line, see `types.ts`.
 *
 * A call takes the job's lock, reads the rows that other attempts have appended since, cuts a torn tail, and appends
 * with one fsync. The lock keeps out an attempt of the clerk that still runs after the server abandoned it. A frozen
 * attempt that lost its lock notices the loss before it writes. Its rows are in the journal by then, because all
 * attempts record the same rows.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { PageResult, PerhapsSent, RetryChoice } from '../contract';
import { FerryError } from '../errors';
import { waitForFileLock, type FileLock } from '../lib/file-lock';
import { safeJson } from '../lib/safe-json';
import { syncDirectory } from '../lib/sync-directory';
import { jobFilesFailure } from './failures';
import { LineTable, type Tally } from './line-table';
import type { JournalRow } from './types';

/** An attempt releases the lock within this time, unless it is stuck. */
const LOCK_WITHIN_MS = 2000;
const LOCK_AGAIN_MS = 20;

/** The number of jobs whose counts stay in memory. */
const MOST_KNOWN = 32;

const READ_BYTES = 1 << 20;
const NEWLINE = 0x0a;

/** A journal while its lock is held. */
export interface Journal {
  /**
   * Appends the rows that the journal does not have yet. Resolves with these rows once they are durable. DISK_FULL,
   * STALLED.
   */
  record(pages: readonly PageResult[]): Promise<readonly JournalRow[]>;
  isWanted(line: number, pass: number, retry: RetryChoice | null): boolean;
  isSettled(line: number): boolean;
  /** The publishes of a line whose result is not known; undefined when there are none. */
  perhapsSent(line: number): readonly PerhapsSent[] | undefined;
  tally(): Tally;
}

export interface Journals {
  /**
   * Runs `work` while no other attempt, of this process or another, uses the job's journal.
   *
   * @param directory `STATE/jobs/JOB`
   * @throws {FerryError} STALLED: another attempt holds the lock; JOB_FILES_UNUSABLE: no such directory, or a row that
   *   cannot be read; DISK_FULL, TARGET_NOT_WRITABLE
   */
  use<T>(directory: string, work: (journal: Journal) => Promise<T>): Promise<T>;
}

/** The counts of the first `offset` bytes of a journal. */
interface Known {
  readonly lines: LineTable;
  /** Identity of the file. A replaced file is read again from its start. */
  readonly inode: number;
  offset: number;
}

export function openJournals(): Journals {
  const known = new Map<string, Known>();
  return {
    async use(directory, work) {
      const lock = await takeLock(directory);
      try {
        const path = join(directory, 'journal.jsonl');
        const file = await openJournal(directory, path);
        try {
          const now = await catchUp(file, path, known.get(directory));
          remember(known, directory, now);
          return await work(journalOf(file, path, now, lock));
        } catch (error) {
          // The file may have grown by rows that are not counted.
          known.delete(directory);
          throw error;
        } finally {
          await file.close();
        }
      } finally {
        lock.release();
      }
    },
  };
}

async function takeLock(directory: string): Promise<FileLock> {
  const wait = { everyMs: LOCK_AGAIN_MS, withinMs: LOCK_WITHIN_MS };
  const lock = await waitForFileLock(join(directory, 'lock'), wait).catch((error: unknown) => {
    throw jobFilesFailure(error, directory);
  });
  if (lock === null) throw stalled(directory);
  return lock;
}

function stalled(directory: string): FerryError {
  const message = `Another attempt to record results uses the journal in ${directory}.`;
  return new FerryError('STALLED', message, { retryAfterMs: 1000 });
}

async function openJournal(directory: string, path: string): Promise<FileHandle> {
  try {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    if ((await file.stat()).size === 0) await syncDirectory(directory);
    return file;
  } catch (error) {
    throw jobFilesFailure(error, path);
  }
}

function remember(known: Map<string, Known>, directory: string, now: Known): void {
  known.delete(directory);
  known.set(directory, now);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
}

/** Counts the new rows of the file, and cuts a torn tail. */
async function catchUp(file: FileHandle, path: string, before: Known | undefined): Promise<Known> {
  const { size, ino } = await file.stat();
  const isSame = before !== undefined && before.inode === ino && before.offset <= size;
  const now: Known = isSame ? before : { lines: new LineTable(), inode: ino, offset: 0 };
  let rest = Buffer.alloc(0);
  for (let at = now.offset; at < size;) {
    const length = Math.min(READ_BYTES, size - at);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at);
    if (bytesRead === 0) break;
    at += bytesRead;
    const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    const whole = bytes.lastIndexOf(NEWLINE) + 1;
    addRows(now, bytes.toString('utf8', 0, whole), path);
    now.offset += whole;
    rest = bytes.subarray(whole);
  }
  if (now.offset < size) await file.truncate(now.offset);
  // Makes rows durable that an earlier attempt wrote but did not sync, because they count from now on.
  if (!isSame && size > 0) await file.datasync();
  return now;
}

function addRows({ lines }: Known, text: string, path: string): void {
  for (const row of text.split('\n')) {
    if (row === '') continue;
    try {
      const result = JSON.parse(row) as JournalRow;
      if (lines.isNew(result, result.pass)) lines.add(result, result.pass);
    } catch (cause) {
      throw new FerryError('JOB_FILES_UNUSABLE', `${path} has a row that cannot be read.`, { cause });
    }
  }
}

function journalOf(file: FileHandle, path: string, known: Known, lock: FileLock): Journal {
  const { lines } = known;
  return {
    async record(pages) {
      const rows = newRows(lines, pages);
      if (rows.length === 0) return rows;
      const text = Buffer.from(rows.map((row) => `${safeJson(row)}\n`).join(''));
      if (!lock.isHeld()) throw stalled(path);
      try {
        await writeAll(file, text, known.offset);
        await file.datasync();
      } catch (error) {
        throw jobFilesFailure(error, path);
      }
      known.offset += text.length;
      for (const row of rows) lines.add(row, row.pass);
      return rows;
    },
    isWanted: (line, pass, retry) => lines.isWanted(line, pass, retry),
    isSettled: (line) => lines.isSettled(line),
    perhapsSent: (line) => lines.perhapsSent(line),
    tally: () => lines.tally(),
  };
}

function newRows(lines: LineTable, pages: readonly PageResult[]): readonly JournalRow[] {
  const rows = new Map<number, JournalRow>();
  for (const { pass, page, results } of pages) {
    for (const result of results) {
      if (lines.isNew(result, pass)) rows.set(result.line, { pass, page, ...result });
    }
  }
  return [...rows.values()];
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
