export interface HeartbeatOptions {
  readonly everyMs: number;
  readonly graceMs: number;
  /** Sends a message that the other side answers. */
  readonly beat: () => void;
  /** The time of the last byte from the other side, by `performance.now()`. */
  readonly lastInboundAt: () => number;
  readonly onSilence: () => void;
}

/**
 * Keeps a socket in use, because the service closes idle sockets, and notices when the other side is gone. Any traffic
 * counts as a sign of life: some services answer GetClock and no ping, and an overloaded service may refuse GetClock.
 * Returns the function that stops it.
 */
export function startHeartbeat(options: HeartbeatOptions): () => void {
  let grace: NodeJS.Timeout | undefined;
  const every = setInterval(() => {
    const beatAt = performance.now();
    options.beat();
    clearTimeout(grace);
    grace = setTimeout(() => {
      // After the whole process was stopped, timers run before buffered bytes are read: read them first.
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
