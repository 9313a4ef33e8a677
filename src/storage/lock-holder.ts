/**
 * Who holds locks: a file that names the process, and that the process's locks in that directory are links to. A link
 * makes no inode and its removal frees none. Hazard of the plain way: ext4 does not give a freed inode out again for
 * minutes and passes over each of them whenever a file is made, so a file made and removed for every lock slows down all
 * small fetches that follow.
 */
import { randomUUID } from 'node:crypto';
import { constants, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasSystemCode } from '../lib/system-code';
import { removeFile } from './disk-failures';
import { OpenFile } from './open-file';

export interface Holder {
  readonly token: string;
  readonly pid: number;
  /** Of the process, in clock ticks since boot; null where the system does not tell. */
  readonly startTime: string | null;
  /** Boot and pid namespace: within one, pids can be compared. */
  readonly world: string | null;
}

/** This process's file in one directory. */
export interface HolderFile {
  readonly path: string;
  readonly holder: Holder;
  /** When nobody uses it any more it is removed. */
  release(): void;
  /** Somebody took this process for dead and removed the file: the next to ask gets a new one. */
  lose(): void;
}

interface Shared {
  readonly made: Promise<Pick<HolderFile, 'path' | 'holder'>>;
  users: number;
}

const shared = new Map<string, Shared>();

/** Makes the file of this process in the directory, or shares the one that is there. Errors are the system's. */
export async function holderFileIn(directory: string): Promise<HolderFile> {
  const known = shared.get(directory);
  const mine: Shared = known ?? { made: make(directory), users: 0 };
  shared.set(directory, mine);
  mine.users += 1;
  const lose = (): void => {
    if (shared.get(directory) === mine) shared.delete(directory);
  };
  const leave = (): boolean => {
    mine.users -= 1;
    if (mine.users === 0) lose();
    return mine.users === 0;
  };
  try {
    const { path, holder } = await mine.made;
    return { path, holder, release: () => void (leave() && removeFile(path)), lose };
  } catch (error) {
    lose();
    leave();
    if (known === undefined) throw error;
  }
  // Another's try, which may have begun before the directory was there.
  return holderFileIn(directory);
}

async function make(directory: string): Promise<Pick<HolderFile, 'path' | 'holder'>> {
  const holder: Holder = { token: randomUUID(), pid: process.pid, ...ourselves() };
  const path = fileOf(directory, holder);
  await writeHolder(path, holder);
  return { path, holder };
}

const fileOf = (directory: string, { token }: Holder): string => join(directory, `.ferry-${token}.holder`);

/** Writes a new file; EEXIST when there is one. */
export async function writeHolder(path: string, holder: Holder): Promise<void> {
  const file = await OpenFile.make(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  try {
    file.writeNow(Buffer.from(JSON.stringify(holder)), 0);
  } catch (error) {
    // A full disk lets the file begin and not its text.
    removeFile(path);
    throw error;
  } finally {
    file.close();
  }
}

/** null: it cannot be read, or is not whole. */
export function readHolder(path: string): Holder | null {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder> | null;
    const whole = typeof value?.token === 'string' && typeof value.pid === 'number';
    return whole && /^[\w-]+$/.test(value.token) ? (value as Holder) : null;
  } catch {
    return null;
  }
}

/** Takes away what a holder that is gone left in the directory of its lock. */
export function forgetHolder(lock: string, holder: Holder | null): void {
  if (holder !== null) removeFile(fileOf(dirname(lock), holder));
}

/** By pid and start time; in another container, where they mean nothing here, by how long it was silent. */
export function isAlive(holder: Holder | null, silentMs: number, staleMs: number): boolean {
  if (holder === null || holder.world === null || holder.world !== ourselves().world) return silentMs < staleMs;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (hasSystemCode(error, 'ESRCH')) return false;
  }
  return startTimeOf(holder.pid) === holder.startTime;
}

// Asked of the system once: neither changes while the process lives.
let own: Pick<Holder, 'startTime' | 'world'> | null = null;
const ourselves = (): Pick<Holder, 'startTime' | 'world'> =>
  (own ??= { startTime: startTimeOf(process.pid), world: readWorld() });

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
