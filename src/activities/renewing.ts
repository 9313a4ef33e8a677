import { setTimeout as delay } from 'node:timers/promises';
import { isFerryError } from '../errors';
import type { PacedService } from './pacer';
import type { SignedUrl, Storage } from '../storage/types';

/** When new links are refused for this long, more links will not help. */
const GIVE_UP_AFTER_MS = 120_000;
const LONGEST_PAUSE_MS = 30_000;

/** With less time left than this, the request would arrive too late: request another link at once. */
const LEAST_LIFE_MS = 300;

/**
 * Uses a signed URL and requests another when storage refuses it: at once, then after 1, 2, 4 ... 30 s. A renewal does
 * not count as a failed attempt. Swift gives the same 401 for expired, forged and "cannot read its key", so after two
 * minutes the last refusal is thrown, and the workflow waits longer.
 *
 * @param onPause called before each pause, to show people the reason
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

/** A storage host for the pacer: an outage concerns all accounts and objects on it. */
export function storageOf({ origin }: SignedUrl): PacedService {
  return { group: origin, name: 'storage' };
}

/**
 * True when a URL expires too soon, by the storage's clock, for a request. Use it only for a URL that has waited in a
 * queue: our estimate of that clock may be wrong, so a new URL is always used.
 */
export function isStale(storage: Pick<Storage, 'now'>, url: SignedUrl): boolean {
  return url.expiresAt * 1000 - storage.now(url.origin) < LEAST_LIFE_MS;
}

/** A wait up to this many milliseconds does not age a link. */
const SHORT_QUEUE_MS = 1000;

/**
 * Like {@link isStale}, for a link that waited for a byte slot since `queuedAt` (monotonic milliseconds). After a very
 * short wait the link is always used, because it may be new.
 */
export function isStaleAfterQueue(storage: Pick<Storage, 'now'>, url: SignedUrl, queuedAt: number): boolean {
  return performance.now() - queuedAt > SHORT_QUEUE_MS && isStale(storage, url);
}
