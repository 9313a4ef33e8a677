/**
 * Opens and closes stores so that their locks hold. Two hazards of LMDB:
 *
 * - A process must not open a store twice ("Caveats" in lmdb.h). The library lets such openings share one environment,
 *   and closing one of them beside the writes of another crashed processes and lost rows. Here all users in a process
 *   share one opening.
 * - The last process to close a store destroys the mutexes. A process that opens the store at that moment would have
 *   mutexes that cannot be locked. Here a file lock keeps one process at a time opening or closing.
 */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { waitForFileLock } from '../lib/file-lock';
import { pause } from '../lib/pause';
import { hasSystemCode } from '../lib/system-code';
import { openStore, type Store } from './store';

interface Shared {
  readonly store: Store;
  users: number;
  /** Its users give it back, and nobody else may have it. */
  isFaulty: boolean;
}

/** The open stores of this process, by inode: a store is renamed while it is open. */
const shared = new Map<string, Shared>();

/** Pause while another process opens or closes a store, which takes a few milliseconds. */
const LOCKED_PAUSE_MS = 5;

/** A holder in another container counts as dead after 30 s of silence. */
const LOCKED_WITHIN_MS = 60_000;

/** How long to wait until the last user has given back a faulty store. */
const FAULTY_WITHIN_MS = 10_000;

/** The store in `directory`, which is made if it does not exist. Each user gives it back once with {@link giveBack}. */
export async function share(directory: string): Promise<Store> {
  for (const end = performance.now() + FAULTY_WITHIN_MS; ;) {
    const store = await exclusively(directory, () => openOrJoin(directory));
    if (store !== null) return store;
    if (performance.now() > end) throw new Error(`the store in ${directory} is faulty and is still in use`);
    await pause(LOCKED_PAUSE_MS);
  }
}

/** From now on the store is not shared any more: after a fault its memory may be wrong, and its file is not. */
export function retire(store: Store): void {
  for (const one of shared.values()) if (one.store === store) one.isFaulty = true;
}

/** Null when the store is faulty and not closed yet. */
function openOrJoin(directory: string): Store | null {
  const identity = identityOf(directory);
  const known = identity === null ? undefined : shared.get(identity);
  if (known === undefined) return openFirst(directory);
  if (known.isFaulty) return null;
  known.users += 1;
  return known.store;
}

/** Closes the store when its last user in this process gives it back. */
export async function giveBack(store: Store): Promise<void> {
  const found = [...shared].find(([, one]) => one.store === store);
  if (found === undefined) return;
  const [identity, one] = found;
  one.users -= 1;
  const close = async (): Promise<void> => {
    // Another user may have come while this one waited for the lock.
    if (one.users > 0 || !shared.delete(identity)) return;
    await store.env.close();
  };
  // The lock cannot be taken on a full disk or in a removed directory; the store must be closed there too.
  if (one.users === 0) await exclusively(store.path, close).catch(close);
}

function openFirst(directory: string): Store {
  const store = openStore(directory);
  // Without an identity the directory was removed just now: nobody else finds this store.
  shared.set(identityOf(directory) ?? `removed ${directory}`, { store, users: 1, isFaulty: false });
  return store;
}

function identityOf(directory: string): string | null {
  try {
    const { dev, ino } = statSync(join(directory, 'data.mdb'), { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

async function exclusively<T>(directory: string, work: () => T | Promise<T>): Promise<T> {
  const path = join(dirname(directory), 'opening.lock');
  const lock = await waitForFileLock(path, { everyMs: LOCKED_PAUSE_MS, withinMs: LOCKED_WITHIN_MS });
  if (lock === null) throw new Error(`another process holds ${path}`);
  try {
    return await work();
  } finally {
    lock.release();
  }
}
