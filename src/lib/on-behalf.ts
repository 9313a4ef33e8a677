import { AsyncLocalStorage } from 'node:async_hooks';

/** The person or task that work is done for. All functions that the work calls can read it, for example a queue. */
export interface Behalf {
  /** A smaller number goes first. */
  readonly priority: number;
  /** Tells people what the work waits for; null: it goes on. */
  waitFor(what: string | null): void;
}

/** Work that names no priority stands in the middle. */
export const USUAL_PRIORITY = 3;

const storage = new AsyncLocalStorage<Behalf>();

export function onBehalfOf<T>(behalf: Behalf, work: () => Promise<T>): Promise<T> {
  return storage.run(behalf, work);
}

export function currentBehalf(): Behalf | undefined {
  return storage.getStore();
}

/** Inserts into a sorted queue, after all entries of the same urgency. */
export function insertByPriority<One extends { readonly priority: number }>(queue: One[], one: One): void {
  const after = queue.findIndex(({ priority }) => priority > one.priority);
  queue.splice(after < 0 ? queue.length : after, 0, one);
}
