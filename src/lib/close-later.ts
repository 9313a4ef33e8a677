/** Longer than any call may still take that began before the replacement. */
const CLOSE_AFTER_MS = 120_000;

/** Closes what was replaced when nothing can use it any more. */
export interface Replaced {
  /** Closed after a while. What still fails then is left to the end of the process. */
  add(close: () => Promise<void>): void;
  /** Closes at once what still waits. */
  closeAll(): Promise<void>;
}

export function createReplaced(): Replaced {
  const waiting = new Map<() => Promise<void>, NodeJS.Timeout>();
  const closeNow = async (close: () => Promise<void>): Promise<void> => {
    clearTimeout(waiting.get(close));
    waiting.delete(close);
    await close().catch(() => undefined);
  };
  return {
    add: (close) => void waiting.set(close, setTimeout(() => void closeNow(close), CLOSE_AFTER_MS).unref()),
    closeAll: async () => void (await Promise.all([...waiting.keys()].map(closeNow))),
  };
}
