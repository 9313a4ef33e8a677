import { pauseBeforeRetryMs } from '../../src/activities/backoff';
import { Pacer } from '../../src/activities/pacer';
import { FerryError, isFerryError } from '../../src/errors';

const OUTAGE_MS = 30 * 60_000;
const STORAGE = { group: 'https://swift.example', name: 'storage' };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** One transfer: its attempts come back when the last one said, as Temporal hands them out. */
async function carry(pacer: Pacer, touch: () => Promise<void>): Promise<void> {
  for (let number = 1; ; number += 1) {
    const attempt = { number, signal: new AbortController().signal, waitFor: () => undefined };
    try {
      return await pacer.run(STORAGE, touch, attempt);
    } catch (error) {
      if (!isFerryError(error)) throw error;
      const pauseMs = error.retryAfterMs ?? pauseBeforeRetryMs(number);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** What many transfers of one worker do to a service that is away for half an hour. */
async function liveThrough(transfers: number): Promise<{ readonly tries: number; readonly lastHealedMs: number }> {
  const pacer = new Pacer();
  const begun = performance.now();
  const seen = { tries: 0, lastHealedMs: 0 };
  const touch = (): Promise<void> => {
    seen.tries += 1;
    const isAway = performance.now() - begun < OUTAGE_MS;
    return isAway ? Promise.reject(new FerryError('STORAGE_UNAVAILABLE', 'away')) : Promise.resolve();
  };
  const all = Array.from({ length: transfers }, async () => {
    await carry(pacer, touch);
    seen.lastHealedMs = Math.max(seen.lastHealedMs, performance.now() - begun - OUTAGE_MS);
  });
  await jest.advanceTimersByTimeAsync(OUTAGE_MS + 120_000);
  await Promise.all(all);
  return { tries: seen.tries - transfers, lastHealedMs: seen.lastHealedMs };
}

test('A service that is away for 30 minutes is asked about twice a minute by any number of transfers, and all heal', async () => {
  const { tries, lastHealedMs } = await liveThrough(200);
  expect(tries).toBeGreaterThan(40);
  // All 200 meet the beginning at once. 24 s is the shortest pause once a service is known to be away.
  expect(tries).toBeLessThan(200 + OUTAGE_MS / 24_000 + 10);
  expect(lastHealedMs).toBeLessThan(60_000);
});

test('Transfers that can all wait inside go on within seconds after a probe has found the service again', async () => {
  const { lastHealedMs } = await liveThrough(10);
  expect(lastHealedMs).toBeLessThan(36_000 + 2000);
});
