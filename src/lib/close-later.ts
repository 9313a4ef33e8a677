/** Longer than any call that started before the replacement can take. */
const CLOSE_AFTER_MS = 120_000;

/** Closes a replaced object once nothing can use it any more. */
export interface Replaced {
  /** Closes the object after a delay. An error then is ignored. */
  add(close: () => Promise<void>): void;
  /** Closes all waiting objects at once. */
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
