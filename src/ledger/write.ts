import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { indexKey, lastMessageIn, rowKey, type Row } from './entries';
import { MOVED, type Store } from './store';
import { whileCommitting } from './openings';

type Quietly = (done: Promise<boolean>) => void;

/** The store reports the cause of a failed commit a moment after the failure. */
const CAUSE_WITHIN_MS = 1000;

/**
 * Runs `changes` in one durable transaction. False when the store has been replaced: then nothing was written. Writes
 * during a commit share the next commit.
 *
 * `changes` must ignore the results of `put` and `remove`: only the result of the transaction counts.
 */
export async function write(store: Store, changes: (quietly: Quietly) => void): Promise<boolean> {
  return await committed(store, () =>
    store.marks.ifNoExists(MOVED, () => changes((done) => void done.catch(() => undefined))),
  );
}

/**
 * Commits while no process opens the store. A failed commit rejects with its cause.
 *
 * Hazard: the cause is a promise of its own. Without a handler its rejection ends the process.
 */
export async function committed<T>({ path }: Store, commit: () => Promise<T>): Promise<T> {
  try {
    return await whileCommitting(dirname(path), commit);
  } catch (error) {
    throw (await causeOf(error)) ?? error;
  }
}

/** Puts a row and its keys of the indexes. Call it inside {@link write}. */
export function putRow({ rows, index, dialogs }: Store, row: Row, quietly: Quietly): void {
  quietly(rows.put(rowKey(row), row));
  const key = indexKey(row);
  if (key !== null) quietly(index.put(key, 1));
  const message = lastMessageIn(row);
  if (message === null) return;
  // Two processes may do this at the same time. The lower of two sequences only makes a look longer.
  const known = dialogs.get(message.key)?.sequence ?? -1;
  if (message.last.sequence > known) quietly(dialogs.put(message.key, message.last));
}

async function causeOf(thrown: unknown): Promise<unknown> {
  const { commitError } = thrown as { readonly commitError?: Promise<never> };
  if (commitError === undefined) return undefined;
  const cause = commitError.catch((told: unknown) => told);
  return await Promise.race([cause, delay(CAUSE_WITHIN_MS, undefined, { ref: false })]);
}
