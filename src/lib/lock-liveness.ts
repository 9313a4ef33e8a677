/**
 * Whether the holder of a lock lives. In the same host and container: by pid and start time. Elsewhere: by its
 * heartbeat, which must change the file's modification time. Two clocks are never compared, because clocks of two
 * hosts may differ: this process measures on its own monotonic clock how long the file stays the same.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type BigIntStats } from 'node:fs';
import { parseHolder, type LockHolder } from './lock-holder';
import { isSameProcess, pidWorld, processStartTime } from './process-identity';
import { hasSystemCode, systemCode } from './system-code';

export interface LockFile {
  /** Null when the text cannot be read or is not whole. */
  readonly holder: LockHolder | null;
  /** Changes with every heartbeat and every new holder. */
  readonly mark: string;
}

/** `unknown`: the holder runs elsewhere and has not been watched for long enough. */
export type Liveness = 'alive' | 'dead' | 'unknown';

interface Watched {
  readonly token: string | undefined;
  readonly mark: string;
  readonly sinceMs: number;
}

/** More locks of other hosts than these are hardly ever waited for at once. */
const MOST_WATCHED = 1000;

const watched = new Map<string, Watched>();

/** The lock file as it is now; null when there is none. */
export function readLock(path: string): LockFile | null {
  let fd: number;
  try {
    // Opening also makes NFS fetch the attributes anew; a stat alone could be answered from its cache.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return null;
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? null : { holder: null, mark: markOf(stats, systemCode(error) ?? '') };
  }
  try {
    const text = readFileSync(fd, 'utf8');
    return { holder: parseHolder(text), mark: markOf(fstatSync(fd, { bigint: true }), text) };
  } finally {
    closeSync(fd);
  }
}

function markOf({ ino, mtimeNs }: BigIntStats, text: string): string {
  return `${ino} ${mtimeNs} ${text}`;
}

/**
 * @param staleMs how long a holder of another host or container must be silent to count as dead
 */
export function livenessOf(path: string, lock: LockFile, staleMs: number): Liveness {
  const local = localLiveness(lock.holder);
  if (local !== 'unknown') return local;
  const before = watched.get(path);
  const now = performance.now();
  if (before?.mark === lock.mark) return now - before.sinceMs >= staleMs ? 'dead' : 'unknown';
  forgetWatched(path);
  watched.set(path, { token: lock.holder?.token, mark: lock.mark, sinceMs: now });
  if (watched.size > MOST_WATCHED) watched.delete(watched.keys().next().value ?? path);
  return before !== undefined && before.token === lock.holder?.token ? 'alive' : 'unknown';
}

export function forgetWatched(path: string): void {
  watched.delete(path);
}

/** By pid and start time; `unknown` where these cannot be compared. */
export function localLiveness(holder: Pick<LockHolder, 'pid' | 'startTime' | 'world'> | null): Liveness {
  if (holder === null || holder.world === null || holder.world !== pidWorld()) return 'unknown';
  if (isSameProcess(holder)) return 'alive';
  // A system may hide the processes of other users.
  return processStartTime(holder.pid) === null && belongsToAnother(holder.pid) ? 'unknown' : 'dead';
}

function belongsToAnother(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return hasSystemCode(error, 'EPERM');
  }
}
