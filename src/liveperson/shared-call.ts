/** Waits for a promise that others wait for too: the signal ends this wait alone, never the work itself. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<'aborted'>((resolve) => {
    onAbort = () => resolve('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), aborted]);
    if (first === 'aborted') {
      // Whoever started the work may have nobody left who listens; its failure is then nobody's concern.
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

/** One call for all who ask for the same thing at the same time. Nothing is kept after it ended. */
export class SharedCalls<T> {
  readonly #running = new Map<string, Promise<T>>();

  /** How many run. */
  get size(): number {
    return this.#running.size;
  }

  run(key: string, start: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    let running = this.#running.get(key);
    if (running === undefined) {
      running = start().finally(() => this.#running.delete(key));
      running.catch(() => undefined);
      this.#running.set(key, running);
    }
    return abortable(running, signal);
  }
}
