import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after `ms`, or at once when the signal fires; does not throw. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
