/**
 * The holders of locks. Each process has one file for each directory, which names the process. Each lock of the process
 * in that directory is a hard link to it. A link makes no inode and its removal frees none.
 *
 * Hazard of one file for each lock: ext4 does not reuse a freed inode for minutes and skips each of them whenever a
 * file is made, so thousands of short locks would slow down every new file.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, open, readdirSync, writeSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { removeFile } from './file-names';
import { pidWorld, thisProcess, type ProcessIdentity } from './process-identity';

export interface LockHolder extends ProcessIdentity {
  /** Unique for each holder file. */
  readonly token: string;
  /** See {@link pidWorld}. */
  readonly world: string | null;
  readonly host: string;
}

/** The file of this process in one directory. */
export interface HolderFile {
  readonly path: string;
  readonly holder: LockHolder;
  /** Keeps the modification time of one more file fresh, until the returned function is called. */
  beat(path: string): () => void;
  /** Removes the file when nobody else in this process uses it. */
  release(): void;
  /** Forgets a file that another process removed: the next caller makes a new one. */
  lose(): void;
}

interface Made {
  readonly path: string;
  readonly holder: LockHolder;
}

interface Shared {
  readonly made: Promise<Made>;
  readonly beating: Set<string>;
  readonly timer: NodeJS.Timeout;
  users: number;
}

/** A holder of another host or container proves by this heartbeat that it lives. */
const HEARTBEAT_MS = 2000;

const openInPool = promisify(open);
const shared = new Map<string, Shared>();

/** Makes the file of this process in the directory, or shares the existing one. Errors are those of the system. */
export async function holderFileIn(directory: string): Promise<HolderFile> {
  const known = shared.get(directory);
  const mine = known ?? share(directory);
  mine.users += 1;
  const lose = (): void => {
    if (shared.get(directory) === mine) shared.delete(directory);
  };
  const leave = (): boolean => {
    mine.users -= 1;
    if (mine.users > 0) return false;
    clearInterval(mine.timer);
    lose();
    return true;
  };
  try {
    const { path, holder } = await mine.made;
    const release = (): void => {
      if (leave()) removeFile(path);
    };
    return { path, holder, beat: (extra) => beatAlso(mine, extra), release, lose };
  } catch (error) {
    lose();
    leave();
    if (known === undefined) throw error;
  }
  // The shared attempt may have begun before the directory existed: try once more.
  return holderFileIn(directory);
}

function share(directory: string): Shared {
  const beating = new Set<string>();
  const timer = setInterval(() => {
    const now = new Date();
    for (const path of beating) utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS).unref();
  const mine: Shared = { made: makeIn(directory, beating), beating, timer, users: 0 };
  shared.set(directory, mine);
  return mine;
}

async function makeIn(directory: string, beating: Set<string>): Promise<Made> {
  const holder = { token: randomUUID(), ...thisProcess(), world: pidWorld(), host: hostname() };
  const path = holderPath(directory, holder);
  await writeHolder(path, holder);
  beating.add(path);
  return { path, holder };
}

function beatAlso({ beating }: Shared, path: string): () => void {
  beating.add(path);
  return () => void beating.delete(path);
}

/** The holder files of all processes in the directory. Errors are those of the system. */
export function holderPathsIn(directory: string): readonly string[] {
  const names = readdirSync(directory).filter((name) => /^\.ferry-[\w-]+\.holder$/.test(name));
  return names.map((name) => join(directory, name));
}

const holderPath = (directory: string, { token }: LockHolder): string => join(directory, `.ferry-${token}.holder`);

/** Writes a new file; EEXIST when there is one. */
export async function writeHolder(path: string, holder: LockHolder): Promise<void> {
  // Making a file can wait for the journal of the disk; writing a few bytes does not.
  const fd = await openInPool(path, 'wx', 0o644);
  try {
    writeSync(fd, JSON.stringify(holder));
  } catch (error) {
    // A full disk lets the file begin, without its content.
    removeFile(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Parses the holder; null when the text is incomplete. */
export function parseHolder(text: string): LockHolder | null {
  try {
    const value = JSON.parse(text) as Partial<LockHolder> | null;
    const { token, pid, startTime } = value ?? {};
    const isWhole = typeof token === 'string' && typeof pid === 'number' && typeof startTime === 'string';
    if (!isWhole || !/^[\w-]+$/.test(token)) return null;
    return { token, pid, startTime, world: value?.world ?? null, host: value?.host ?? 'unknown' };
  } catch {
    return null;
  }
}

/** Removes the file that a dead holder left in the directory of its lock. */
export function forgetHolder(lock: string, holder: LockHolder | null): void {
  if (holder !== null) removeFile(holderPath(dirname(lock), holder));
}
