import { setTimeout as delay } from 'node:timers/promises';
import { MOVED, type Store } from './store';

/** The store tells the cause of a failed commit a moment after the failure. */
const CAUSE_WITHIN_MS = 1000;

/**
 * Does `changes` in one durable transaction. False when the store has been replaced: then nothing was done. Writes that
 * come while a commit is under way share the next one.
 *
 * `changes` must ignore what `put` and `remove` return: the transaction's own result says it all.
 */
export async function write(
  { marks }: Store,
  changes: (quietly: (done: Promise<boolean>) => void) => void,
): Promise<boolean> {
  try {
    return await marks.ifNoExists(MOVED, () => changes((done) => void done.catch(() => undefined)));
  } catch (error) {
    throw (await causeOf(error)) ?? error;
  }
}

async function causeOf(thrown: unknown): Promise<unknown> {
  const { commitError } = thrown as { readonly commitError?: Promise<never> };
  if (commitError === undefined) return undefined;
  const cause = commitError.catch((told: unknown) => told);
  return await Promise.race([cause, delay(CAUSE_WITHIN_MS, undefined, { ref: false })]);
}
