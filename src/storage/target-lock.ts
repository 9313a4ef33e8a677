/**
 * One fetch to a target at a time, over all processes of the host: a lock file that names its holder. A holder that
 * was killed is told by its pid and start time; one in another container, whose pids mean nothing here, by a heartbeat.
 */
import { randomUUID } from 'node:crypto';
import { link, linkSync, renameSync, statSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { FerryError } from '../errors';
import { hasSystemCode } from '../lib/system-code';
import { NO_LINKS, removeFile } from './disk-failures';
import { forgetHolder, holderFileIn, isAlive, readHolder, writeHolder, type HolderFile } from './lock-holder';
import { companionPaths } from './part-file';

const HEARTBEAT_MS = 2000;
const HEARTBEAT_STALE_MS = 30_000;

/** How long a lock may be held and still be known to be ours without a look. */
const SURELY_OURS_MS = HEARTBEAT_STALE_MS / 3;

const linkInPool = promisify(link);

// All locks of a process in a directory name the same holder; this tells them apart within the process.
const taken = new Set<string>();

/**
 * Takes the target for this fetch; its directory must exist. The returned function gives it back.
 *
 * @throws {FerryError} TARGET_BUSY
 */
export async function lockTarget(target: string): Promise<() => void> {
  const path = companionPaths(target).lock;
  if (taken.has(path)) throw busy(target);
  taken.add(path);
  let file: HolderFile | null = null;
  try {
    file = await holderFileIn(dirname(target));
    if (!(await take(path, file)) && !(breakStale(path) && (await take(path, file)))) throw busy(target);
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) file?.lose();
    file?.release();
    taken.delete(path);
    throw error;
  }
  return held(path, file);
}

const busy = (target: string): FerryError =>
  new FerryError('TARGET_BUSY', `Another transfer is fetching to ${target}.`);

/** Keeps the lock alive until the returned function is called. */
function held(path: string, file: HolderFile): () => void {
  const takenAt = performance.now();
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    taken.delete(path);
    try {
      // A process that was stopped for long may have lost it to another.
      const sure = performance.now() - takenAt < SURELY_OURS_MS;
      if (sure || readHolder(path)?.token === file.holder.token) removeFile(path);
    } finally {
      file.release();
    }
  };
}

/** A holder that dies before it has written its name is taken for one of another container. */
async function take(path: string, { path: from, holder }: HolderFile): Promise<boolean> {
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

/** Takes a lock away whose holder is gone. False: the holder lives. */
function breakStale(path: string): boolean {
  const holder = readHolder(path);
  const touched = statSync(path, { throwIfNoEntry: false });
  if (touched === undefined) return true;
  if (isAlive(holder, Date.now() - touched.mtimeMs, HEARTBEAT_STALE_MS)) return false;
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return true;
    throw error;
  }
  // Between look and rename another may have done the same and taken the lock: it is put back.
  const wrong = readHolder(aside)?.token !== holder?.token;
  if (wrong) putBack(aside, path);
  removeFile(aside);
  if (!wrong) forgetHolder(path, holder);
  return !wrong;
}

function putBack(aside: string, path: string): void {
  try {
    linkSync(aside, path);
  } catch {
    // Somebody has taken it once more, and holds it.
  }
}
