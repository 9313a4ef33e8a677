/** Shared work: one call for all callers who ask for the same thing at the same time. */

/** Waits for shared work. The signal ends this wait, with its reason; it does not end the work. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  if (signal.aborted) throw asError(signal.reason);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<'aborted'>((resolve) => {
    onAbort = () => resolve('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), aborted]);
    if (first === 'aborted') {
      // Perhaps nobody waits for the work any more: a failure must not be reported as unhandled.
      promise.catch(() => undefined);
      throw asError(signal.reason);
    }
    return first.value;
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

/** The reason of an aborted signal as something that may be thrown; `abort(reason)` takes any value. */
export function asError(reason: unknown): Error {
  // By shape, not by class: the default reason may come from another realm.
  const isError = typeof reason === 'object' && reason !== null && 'message' in reason && 'name' in reason;
  return isError ? (reason as Error) : new Error(`Aborted: ${String(reason)}`);
}

/** Calls by key: callers with the same key share the running call. Nothing is kept after a call ended. */
export class SharedCalls<T> {
  readonly #running = new Map<string, Promise<T>>();

  /** The number of running calls. */
  get size(): number {
    return this.#running.size;
  }

  run(key: string, start: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    let running = this.#running.get(key);
    if (running === undefined) {
      running = start().finally(() => this.#running.delete(key));
      running.catch(() => undefined);
      this.#running.set(key, running);
    }
    return abortable(running, signal);
  }
}

/**
 * Callers share one run of `work` (group commit). A caller that comes during a run is served by the next run, because
 * the current one may have begun before the caller's change.
 */
export function groupRuns(work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const start = (): Promise<void> => {
    const run = work().finally(() => {
      if (current === run) current = null;
    });
    return (current = run);
  };
  const startNext = (): Promise<void> => {
    next = null;
    return start();
  };
  return () => (current === null ? start() : (next ??= current.then(startNext, startNext)));
}
