import { setTimeout as delay } from 'node:timers/promises';
import { isFerryError } from '../errors';
import type { PacedService } from './pacer';
import type { SignedUrl, Storage } from '../storage/types';

/** Fresh links that are refused for this long are beyond what asking again can mend. */
const GIVE_UP_AFTER_MS = 120_000;
const LONGEST_PAUSE_MS = 30_000;

/** Less life than this and the request would arrive too late: ask for another at once. */
const LEAST_LIFE_MS = 300;

/**
 * Uses a signed URL and asks for another when storage refuses it: at once, then after 1, 2, 4 ... 30 s. A renewal is no
 * failed attempt. Swift gives one and the same 401 for expired, forged and "cannot read its key", so after two minutes
 * of refusals the last one is thrown, and the workflow waits longer.
 *
 * @param onPause told before each pause, so that people see why nothing moves
 */
export async function withRenewal<T>(
  first: SignedUrl,
  signal: AbortSignal,
  renew: () => Promise<SignedUrl>,
  use: (url: SignedUrl) => Promise<T>,
  onPause: () => void,
): Promise<T> {
  let url = first;
  let refusedSince: number | null = null;
  for (let pauseMs = 0; ; pauseMs = Math.min(Math.max(pauseMs * 2, 1000), LONGEST_PAUSE_MS)) {
    try {
      return await use(url);
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'URL_REFUSED') throw error;
      refusedSince ??= performance.now();
      if (performance.now() - refusedSince + pauseMs > GIVE_UP_AFTER_MS) throw error;
    }
    if (pauseMs > 0) {
      onPause();
      await delay(pauseMs, undefined, { signal });
    }
    url = await renew();
  }
}

/** A storage host, as the pacer knows it: one outage for all accounts and objects on it. */
export function storageOf({ origin }: SignedUrl): PacedService {
  return { group: origin, name: 'storage' };
}

/**
 * Too little life left, by the storage's clock, for a request to arrive in time. To be asked of a URL that has waited in a
 * queue only; one just asked for is used whatever our idea of that clock.
 */
export function isStale(storage: Pick<Storage, 'now'>, url: SignedUrl): boolean {
  return url.expiresAt * 1000 - storage.now(url.origin) < LEAST_LIFE_MS;
}

/** A wait this short takes no life from a link; in milliseconds. */
const SHORT_QUEUE_MS = 1000;

/**
 * For a link that waited for a byte slot since `queuedAt` (monotonic milliseconds). One that hardly waited is used whatever
 * our idea of storage's clock: it may have been asked for just now.
 */
export function isStaleAfterQueue(storage: Pick<Storage, 'now'>, url: SignedUrl, queuedAt: number): boolean {
  return performance.now() - queuedAt > SHORT_QUEUE_MS && isStale(storage, url);
}
