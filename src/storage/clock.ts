/**
 * The storage's clock, learned from `Date` headers. A `Date` has whole seconds, rounded down: the storage's clock was
 * in [date, date + 1 s) when it was written. With the times of our request and of the answer, this bounds the skew on
 * both sides. Each answer narrows the bounds.
 */
export interface StorageClock {
  /** Records an answer. `sentAtMs` and `seenAtMs` are times of our own clock. */
  observe(origin: string, date: string, sentAtMs: number, seenAtMs: number): void;
  /** Milliseconds by which the storage's clock is ahead of ours; null until a `Date` was seen. */
  skewMs(origin: string): number | null;
  now(origin: string): number;
}

interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly since: number;
}

// Clocks drift, and ours may be set: bounds older than this are replaced.
const BOUNDS_LIVE_MS = 10 * 60_000;

export function createStorageClock(ourNow: () => number = Date.now): StorageClock {
  const bounds = new Map<string, Bounds>();

  function skewMs(origin: string): number | null {
    const known = bounds.get(origin);
    if (known === undefined) return null;
    // If both clocks can agree, the skew is 0. Else the later time counts: it is better to believe that a URL has
    // expired than to send in vain.
    return known.low <= 0 && known.high >= 0 ? 0 : known.high;
  }

  return {
    observe(origin, date, sentAtMs, seenAtMs) {
      const dateMs = Date.parse(date);
      if (Number.isNaN(dateMs)) return;
      const low = dateMs - seenAtMs;
      const high = dateMs + 1000 - sentAtMs;
      const known = bounds.get(origin);
      const narrowed = known && { low: Math.max(low, known.low), high: Math.min(high, known.high), since: known.since };
      const usable = narrowed && narrowed.low <= narrowed.high && seenAtMs - narrowed.since < BOUNDS_LIVE_MS;
      bounds.set(origin, usable ? narrowed : { low, high, since: seenAtMs });
    },
    skewMs,
    now: (origin) => ourNow() + (skewMs(origin) ?? 0),
  };
}
