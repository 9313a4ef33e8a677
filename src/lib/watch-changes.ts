import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Files are read again after this time. File notifications are not reliable here, because a Kubernetes secret is a
 * symbolic link.
 */
const READ_EVERY_MS = 5000;

export interface WatchOptions<T> {
  readonly read: () => T | Promise<T>;
  readonly isInUse: (value: T) => boolean;
  /** Puts a changed value in use. After an error the old value stays in use, and the change is tried again. */
  readonly use: (value: T) => void | Promise<void>;
  /** Called once for each error message, not at each read. */
  readonly onFault: (error: Error) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** @default 5 s */
  readonly everyMs?: number;
}

/** Reads a value again and again, and puts a changed value in use. Never throws, and does not keep the process alive. */
export async function watchChanges<T>(options: WatchOptions<T>): Promise<void> {
  const { read, isInUse, use, onFault, signal, everyMs = READ_EVERY_MS } = options;
  let fault: string | null = null;
  for (;;) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const value = await read();
      if (!isInUse(value)) await use(value);
      fault = null;
    } catch (thrown) {
      const error = thrown as Error;
      if (error.message !== fault) onFault(error);
      fault = error.message;
    }
  }
}
