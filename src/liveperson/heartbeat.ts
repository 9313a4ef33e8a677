export interface HeartbeatOptions {
  readonly everyMs: number;
  readonly graceMs: number;
  /** Sends something that the other side answers. */
  readonly beat: () => void;
  /** When anything at all last came in, by `performance.now()`. */
  readonly lastInboundAt: () => number;
  readonly onSilence: () => void;
}

/**
 * Keeps a socket in use (the service closes idle ones) and finds out when the other side is gone without a word. Any
 * traffic counts as life: some services answer GetClock but no ping, and an overloaded one may refuse GetClock.
 * Returns the function that stops it.
 */
export function startHeartbeat(options: HeartbeatOptions): () => void {
  let grace: NodeJS.Timeout | undefined;
  const every = setInterval(() => {
    const beatAt = performance.now();
    options.beat();
    clearTimeout(grace);
    grace = setTimeout(() => {
      // After a stop of the whole process, what came in meanwhile is read after the timers: let it be read first.
      setImmediate(() => {
        if (options.lastInboundAt() < beatAt) options.onSilence();
      });
    }, options.graceMs).unref();
  }, options.everyMs).unref();
  return () => {
    clearInterval(every);
    clearTimeout(grace);
  };
}
