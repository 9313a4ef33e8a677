/**
 * Opens and closes stores. A process must not open a store twice ("Caveats" in lmdb.h). The library lets two openings
 * share one environment. When one opening was closed during writes of the other, processes crashed and rows were lost.
 * So all users in a process share one opening.
 */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LedgerBusy } from './failures';
import { holderFileIn, type HolderFile } from '../lib/lock-holder';
import { pause } from '../lib/pause';
import { hasSystemCode } from '../lib/system-code';
import { openStore, type Store } from './store';
import { whileClosing, whileOpening } from './openings';

interface Shared {
  readonly store: Store;
  /** Held while the store is open, so that locks do not create files. */
  readonly holder: HolderFile;
  users: number;
  /** True: its present users give the store back, and no new user gets it. */
  isFaulty: boolean;
}

/** The open stores of this process, by inode: a store is renamed while it is open. */
const shared = new Map<string, Shared>();

/** How long to wait until the last user has given a faulty store back, and the pause between two checks. */
const FAULTY_WITHIN_MS = 10_000;
const FAULTY_PAUSE_MS = 5;

/** The store in `directory`, which is made if it does not exist. Each user gives it back once with {@link giveBack}. */
export async function share(directory: string): Promise<Store> {
  for (const end = performance.now() + FAULTY_WITHIN_MS; ;) {
    const store = await whileOpening(dirname(directory), () => openOrJoin(directory));
    if (store !== null) return store;
    if (performance.now() > end) throw new LedgerBusy(`the store in ${directory} is faulty and is still in use`);
    await pause(FAULTY_PAUSE_MS);
  }
}

/**
 * Marks the store as faulty, so that no new user gets it. Its memory may be wrong after the fault; its file is correct.
 */
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
    // A new user may have opened the store during the wait for the lock.
    if (one.users > 0 || !shared.delete(identity)) return;
    await store.env.close();
    one.holder.release();
  };
  // On a full disk or in a removed directory the lock cannot be taken. The store must be closed even then.
  if (one.users === 0) await whileClosing(dirname(store.path), close).catch(close);
}

async function openFirst(directory: string): Promise<Store> {
  const holder = await holderFileIn(dirname(directory));
  try {
    const store = openStore(directory);
    // The directory has no identity when it was removed just now. Then no other user can find this store.
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
