/**
 * One fetch to a target at a time, over all processes of the host: a lock file that names its holder. A holder that
 * was killed is told by its pid and start time; one in another container, whose pids mean nothing here, by a heartbeat.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { link, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { FerryError } from '../errors';
import { isErrno, removeFile } from './disk-failures';
import { companionPaths } from './part-file';

interface Holder {
  readonly token: string;
  readonly pid: number;
  /** Of the process, in clock ticks since boot; null where the system does not tell. */
  readonly startTime: string | null;
  /** Boot and pid namespace: within one, pids can be compared. */
  readonly world: string | null;
}

const HEARTBEAT_MS = 2000;
const HEARTBEAT_STALE_MS = 30_000;

/** How long a lock may be held and still be known to be ours without a look. */
const SURELY_OURS_MS = HEARTBEAT_STALE_MS / 3;

// Asked of the system once: neither changes while the process lives.
let own: Pick<Holder, 'startTime' | 'world'> | null = null;
const ourselves = (): Pick<Holder, 'startTime' | 'world'> =>
  (own ??= { startTime: startTimeOf(process.pid), world: readWorld() });

/**
 * Takes the target for this fetch; its directory must exist. The returned function gives it back.
 *
 * @throws {FerryError} TARGET_BUSY
 */
export async function lockTarget(target: string): Promise<() => Promise<void>> {
  const path = companionPaths(target).lock;
  const holder: Holder = { token: randomUUID(), pid: process.pid, ...ourselves() };
  if (!(await take(path, holder)) && !((await breakStale(path)) && (await take(path, holder)))) {
    throw new FerryError('TARGET_BUSY', `Another transfer is fetching to ${target}.`);
  }
  const takenAt = performance.now();
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return async () => {
    clearInterval(heartbeat);
    // A process that was stopped for long may have lost it to another.
    const ours = performance.now() - takenAt < SURELY_OURS_MS || (await readHolder(path))?.token === holder.token;
    if (ours) await removeFile(path);
  };
}

/** A holder that dies before it has written its name is taken for one of another container. */
async function take(path: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    // A full disk may have let the file begin and not its text.
    await removeFile(path).catch(() => undefined);
    throw error;
  }
}

/** Takes a lock away whose holder is gone. False: the holder lives. */
async function breakStale(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  const touched = await stat(path).catch(() => null);
  if (touched === null) return true;
  if (isAlive(holder, Date.now() - touched.mtimeMs)) return false;
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true;
    throw error;
  }
  const moved = await readHolder(aside);
  // Between look and rename another may have done the same and taken the lock: it is put back.
  const wrong = moved?.token !== holder?.token;
  if (wrong) await link(aside, path).catch(() => undefined);
  await removeFile(aside);
  return !wrong;
}

function isAlive(holder: Holder | null, silentMs: number): boolean {
  if (holder === null || holder.world === null || holder.world !== ourselves().world)
    return silentMs < HEARTBEAT_STALE_MS;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
  }
  return startTimeOf(holder.pid) === holder.startTime;
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder> | null;
    return typeof value?.token === 'string' && typeof value.pid === 'number' ? (value as Holder) : null;
  } catch {
    return null;
  }
}

/** Field 22 of /proc/PID/stat; the name in field 2 may contain anything, but ends with the last parenthesis. */
function startTimeOf(pid: number): string | null {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function readWorld(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Without /proc there are no containers to be told apart by it.
    return process.platform === 'linux' ? null : 'host';
  }
}
