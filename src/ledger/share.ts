/**
 * Opens and closes stores. A process must not open a store twice ("Caveats" in lmdb.h): the library lets such openings
 * share one environment, and closing one of them beside the writes of another crashed processes and lost rows. Here all
 * users in a process share one opening.
 */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { holderFileIn, type HolderFile } from '../lib/lock-holder';
import { pause } from '../lib/pause';
import { hasSystemCode } from '../lib/system-code';
import { openStore, type Store } from './store';
import { whileClosing, whileOpening } from './openings';

interface Shared {
  readonly store: Store;
  /** Kept while the store is open, so that locks make no file of their own. */
  readonly holder: HolderFile;
  users: number;
  /** Its users give it back, and nobody else may have it. */
  isFaulty: boolean;
}

/** The open stores of this process, by inode: a store is renamed while it is open. */
const shared = new Map<string, Shared>();

/** How long to wait until the last user has given back a faulty store, and the pause between two looks. */
const FAULTY_WITHIN_MS = 10_000;
const FAULTY_PAUSE_MS = 5;

/** The store in `directory`, which is made if it does not exist. Each user gives it back once with {@link giveBack}. */
export async function share(directory: string): Promise<Store> {
  for (const end = performance.now() + FAULTY_WITHIN_MS; ;) {
    const store = await whileOpening(dirname(directory), () => openOrJoin(directory));
    if (store !== null) return store;
    if (performance.now() > end) throw new Error(`the store in ${directory} is faulty and is still in use`);
    await pause(FAULTY_PAUSE_MS);
  }
}

/** From now on the store is not shared any more: after a fault its memory may be wrong, and its file is not. */
export function retire(store: Store): void {
  for (const one of shared.values()) if (one.store === store) one.isFaulty = true;
}

/** Null when the store is faulty and not closed yet. */
async function openOrJoin(directory: string): Promise<Store | null> {
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
    one.holder.release();
  };
  // The lock cannot be had on a full disk or in a removed directory; the store must be closed there too.
  if (one.users === 0) await whileClosing(dirname(store.path), close).catch(close);
}

async function openFirst(directory: string): Promise<Store> {
  const holder = await holderFileIn(dirname(directory));
  try {
    const store = openStore(directory);
    // Without an identity the directory was removed just now: nobody else finds this store.
    shared.set(identityOf(directory) ?? `removed ${directory}`, { store, holder, users: 1, isFaulty: false });
    return store;
  } catch (error) {
    holder.release();
    throw error;
  }
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
