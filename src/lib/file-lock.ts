/**
 * One holder at a time for a path, over all processes and hosts that share the directory. The lock is a file that
 * names its holder, see `lock-holder.ts`; `lock-liveness.ts` tells whether the holder lives.
 *
 * Hazard: between the look at a dead holder's lock and its removal, another process may have removed the lock and taken
 * it. So only the holder of a claim may remove a dead holder's lock. The claim is a lock as well, and its name is
 * derived from the content of the dead holder's lock.
 */
import { createHash } from 'node:crypto';
import { link } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { NO_LINKS, removeFile } from './file-names';
import {
  forgetHolder,
  holderFileIn,
  holderPathsIn,
  writeHolder,
  type HolderFile,
  type LockHolder,
} from './lock-holder';
import { forgetWatched, livenessOf, localLiveness, readLock, type LockFile } from './lock-liveness';
import { hasSystemCode } from './system-code';

export interface FileLock {
  /** False when another process has taken the lock, which can happen after a long freeze. */
  isHeld(): boolean;
  /** Gives the lock back. Does nothing when another process has taken it, which can happen after a long freeze. */
  release(): void;
}

export interface LockRefusal {
  readonly lock: null;
  /** Null when the lock file cannot be read. */
  readonly holder: LockHolder | null;
  /** False while it is not known yet whether the holder lives: a later try may take the lock. */
  readonly certain: boolean;
}

export interface LockOptions {
  /**
   * How long a holder of another host or container must be silent to count as dead. The time is measured between the
   * tries of this process.
   *
   * @default 30_000
   */
  readonly staleMs?: number;
}

const ROUNDS = 100;

/** Pause while another process removes the lock of a dead holder, which takes less than this. */
const ROUND_MS = 5;

const linkInPool = promisify(link);

// All locks of this process in a directory name the same holder; this map tells them apart.
const ours = new Map<string, LockHolder | null>();

/** Takes the lock, or tells who holds it; does not wait. The directory must exist. Errors are those of the system. */
export async function takeFileLock(
  path: string,
  { staleMs = 30_000 }: LockOptions = {},
): Promise<{ readonly lock: FileLock } | LockRefusal> {
  const own = ours.get(path);
  if (own !== undefined) return { lock: null, holder: own, certain: true };
  ours.set(path, null);
  let file: HolderFile | null = null;
  try {
    file = await holderFileIn(dirname(path));
    ours.set(path, file.holder);
    const refusal = await take(path, file, staleMs);
    if (refusal === null) return { lock: held(path, file) };
    ours.delete(path);
    file.release();
    return refusal;
  } catch (error) {
    ours.delete(path);
    if (hasSystemCode(error, 'ENOENT')) file?.lose();
    file?.release();
    throw error;
  }
}

/** Takes the lock as soon as nobody holds it; null when that takes longer than `withinMs`. Errors are those of the system. */
export async function waitForFileLock(
  path: string,
  { everyMs, withinMs = Infinity }: { readonly everyMs: number; readonly withinMs?: number },
): Promise<FileLock | null> {
  for (const end = performance.now() + withinMs; ;) {
    const { lock } = await takeFileLock(path);
    if (lock !== null) return lock;
    if (performance.now() > end) return null;
    await sleep(everyMs);
  }
}

/** The living holder, when the lock's holder is a process of this host and container; else null. */
export function lockHolder(path: string): LockHolder | null {
  const holder = readLock(path)?.holder ?? null;
  return localLiveness(holder) === 'alive' ? holder : null;
}

/** Removes the files of dead processes of this host that were killed while they held no lock in the directory. */
export function removeDeadHolders(directory: string): void {
  for (const path of holderPathsIn(directory)) {
    if (localLiveness(readLock(path)?.holder ?? null) === 'dead') removeFile(path);
  }
}

function held(path: string, file: HolderFile): FileLock {
  // Without links the lock file has a modification time of its own.
  const stopBeat = file.beat(path);
  return {
    isHeld: () => ours.get(path) === file.holder && readLock(path)?.holder?.token === file.holder.token,
    release() {
      if (ours.get(path) !== file.holder) return;
      stopBeat();
      ours.delete(path);
      try {
        dropOwn(path, file.holder);
      } finally {
        file.release();
      }
    },
  };
}

async function take(path: string, file: HolderFile, staleMs: number): Promise<LockRefusal | null> {
  let seen: LockFile | null = null;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (await place(path, file)) {
      forgetWatched(path);
      return null;
    }
    seen = readLock(path);
    if (seen === null) continue;
    const liveness = livenessOf(path, seen, staleMs);
    if (liveness !== 'dead') return { lock: null, holder: seen.holder, certain: liveness === 'alive' };
    if (!(await removeDead(path, seen, file, staleMs))) await sleep(ROUND_MS);
  }
  return { lock: null, holder: seen?.holder ?? null, certain: false };
}

/** Gives the holder file the lock's name as well; false when the lock exists. */
async function place(path: string, { path: from, holder }: HolderFile): Promise<boolean> {
  try {
    await linkInPool(from, path).catch((error: unknown) => {
      if (!hasSystemCode(error, ...NO_LINKS)) throw error;
      return writeHolder(path, holder);
    });
    return true;
  } catch (error) {
    if (hasSystemCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Removes the lock of a dead holder; false when another process is doing so. */
async function removeDead(path: string, dead: LockFile, file: HolderFile, staleMs: number): Promise<boolean> {
  const claim = `${path}.${createHash('sha256').update(dead.mark).digest('hex').slice(0, 8)}`;
  if (!(await place(claim, file))) {
    const other = readLock(claim);
    // The holder of the claim may have been killed meanwhile.
    if (other !== null && livenessOf(claim, other, staleMs) === 'dead') await removeDead(claim, other, file, staleMs);
    return other === null;
  }
  try {
    // Nobody else removes this lock now, and a dead holder does not write: the lock stays as it is read here.
    if (readLock(path)?.mark === dead.mark) {
      removeFile(path);
      forgetHolder(path, dead.holder);
    }
    forgetWatched(path);
  } finally {
    dropOwn(claim, file.holder);
  }
  return true;
}

function dropOwn(path: string, { token }: LockHolder): void {
  if (readLock(path)?.holder?.token === token) removeFile(path);
}
