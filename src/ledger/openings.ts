/**
 * Ensures that no process opens a store while another process commits, for all processes that share a directory. Two
 * hazards of LMDB:
 *
 * - A process that opens a store reads the number of the last commit and, a moment later, writes that number into the
 *   memory that all processes share (OpenLDAP ITS#9496, not fixed in the LMDB of lmdb 3.5.6). This undoes a commit that
 *   another process made in between: the next commit reuses its number and its pages, and durable rows are lost.
 * - The last process to close a store destroys the mutexes. A process that opens the store at that moment would have
 *   mutexes that cannot be locked.
 *
 * One process at a time holds `opening.lock`. A process that commits holds a mark of its own. An opening first takes
 * the lock and then waits for the marks; a commit first makes its mark and then looks for the lock.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitForFileLock, type FileLock } from '../lib/file-lock';
import { LedgerBusy } from './failures';

/** Pause while another process opens, closes or commits, which takes a few milliseconds. */
const BUSY_PAUSE_MS = 2;

/** A holder in another container counts as dead after 30 s of silence. A frozen process of this host keeps its lock. */
const BUSY_WITHIN_MS = 60_000;

const MARK = /^committing-.*\.lock$/;

/** The commits of this process share a mark. */
interface Commits {
  underWay: number;
  mark: Promise<FileLock> | null;
}

const commits = new Map<string, Commits>();

/** Opens a store in `directory`: no process opens, closes or commits meanwhile. */
export function whileOpening<T>(directory: string, open: () => T | Promise<T>): Promise<T> {
  return whileClosing(directory, async () => {
    for (const name of readdirSync(directory)) {
      if (MARK.test(name)) (await take(join(directory, name))).release();
    }
    return open();
  });
}

/** Closes a store in `directory`: no process opens or closes meanwhile. */
export async function whileClosing<T>(directory: string, close: () => T | Promise<T>): Promise<T> {
  const lock = await take(openingLock(directory));
  try {
    return await close();
  } finally {
    lock.release();
  }
}

/** Changes a store in `directory`: no process opens a store meanwhile. */
export async function whileCommitting<T>(directory: string, commit: () => T | Promise<T>): Promise<T> {
  for (;;) {
    const leave = await enter(directory);
    try {
      if (!existsSync(openingLock(directory))) return await commit();
    } finally {
      leave();
    }
    (await take(openingLock(directory))).release();
  }
}

/** Holds the mark of this process until the returned function is called. */
async function enter(directory: string): Promise<() => void> {
  const mine = commits.get(directory) ?? { underWay: 0, mark: null };
  commits.set(directory, mine);
  mine.underWay += 1;
  // Each mark has a new name, because the previous mark may not be removed yet.
  mine.mark ??= take(join(directory, `committing-${process.pid}-${randomBytes(4).toString('hex')}.lock`));
  const leave = (): void => {
    mine.underWay -= 1;
    if (mine.underWay > 0) return;
    const last = mine.mark;
    mine.mark = null;
    last?.then(
      (lock) => lock.release(),
      () => undefined,
    );
  };
  try {
    await mine.mark;
    return leave;
  } catch (error) {
    leave();
    throw error;
  }
}

const openingLock = (directory: string): string => join(directory, 'opening.lock');

async function take(path: string): Promise<FileLock> {
  const lock = await waitForFileLock(path, { everyMs: BUSY_PAUSE_MS, withinMs: BUSY_WITHIN_MS });
  if (lock === null) throw new LedgerBusy(`another process holds ${path}`);
  return lock;
}
