import { pause } from '../lib/pause';
import { awaitOutcome } from './close-event';
import type { ClientContext } from './context';

/** A server holds 1,200 long polls of a namespace open, and workers need theirs. */
const MOST_LONG_POLLS = 800;

export interface Waker {
  /** Ends early when the workflow ends. */
  pause(ms: number): Promise<void>;
  stop(): void;
}

/**
 * Holds one long poll for the end of a workflow, so that the end is reported at once and not at the next look. Counts as
 * a watcher until it is stopped, which each caller does once.
 */
export function wakeAtEnd(context: ClientContext, workflowId: string, signal?: AbortSignal): Waker {
  const ended = new AbortController();
  const stopped = new AbortController();
  if (context.watchers.count < MOST_LONG_POLLS) {
    // Looking fails with the same error.
    void awaitOutcome(context.server, workflowId, stopped.signal).then(
      () => ended.abort(),
      () => undefined,
    );
  }
  context.watchers.count += 1;
  let woken = false;
  const stop = (): void => stopped.abort();
  signal?.addEventListener('abort', stop, { once: true });
  return {
    async pause(ms) {
      // Wakes once only. When the server is slow with the rest, looking continues at the usual pace.
      const either = new AbortController();
      const end = (): void => either.abort();
      if (!woken) ended.signal.addEventListener('abort', end, { once: true });
      stopped.signal.addEventListener('abort', end, { once: true });
      if ((ended.signal.aborted && !woken) || stopped.signal.aborted) end();
      await pause(ms, either.signal);
      ended.signal.removeEventListener('abort', end);
      stopped.signal.removeEventListener('abort', end);
      woken = ended.signal.aborted;
    },
    stop() {
      context.watchers.count -= 1;
      signal?.removeEventListener('abort', stop);
      stopped.abort();
    },
  };
}
