import { pauseBeforeRetryMs } from '../../src/activities/backoff';
import { Pacer } from '../../src/activities/pacer';
import { FerryError, isFerryError } from '../../src/errors';

const OUTAGE_MS = 30 * 60_000;

afterEach(() => jest.restoreAllMocks());

/** What many transfers of one worker do to a service that is away for half an hour, on a clock of the test's own. */
async function liveThrough(transfers: number): Promise<{ readonly tries: number; readonly lastHealedMs: number }> {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const pacer = new Pacer();
  const seen = { tries: 0, lastHealedMs: 0 };
  const touch = (): Promise<void> => {
    seen.tries += 1;
    return now < OUTAGE_MS ? Promise.reject(new FerryError('STORAGE_UNAVAILABLE', 'away')) : Promise.resolve();
  };
  const open = Array.from({ length: transfers }, (_, index) => ({ at: index, attempt: 1 }));
  while (open.length > 0) {
    const next = open.reduce((first, other) => (other.at < first.at ? other : first));
    now = Math.max(now, next.at);
    try {
      await pacer.run('storage', touch);
      open.splice(open.indexOf(next), 1);
      seen.lastHealedMs = now - OUTAGE_MS;
    } catch (error) {
      if (!isFerryError(error)) throw error;
      next.at = now + (error.retryAfterMs ?? pauseBeforeRetryMs(next.attempt));
      next.attempt += 1;
    }
  }
  return { tries: seen.tries - transfers, lastHealedMs: seen.lastHealedMs };
}

test('A service that is away for 30 minutes is asked about twice a minute, by however many transfers, and all heal.', async () => {
  const { tries, lastHealedMs } = await liveThrough(200);
  expect(tries).toBeGreaterThan(40);
  // 24 s is the shortest pause once a service is known to be away.
  expect(tries).toBeLessThan(OUTAGE_MS / 24_000 + 10);
  expect(lastHealedMs).toBeLessThan(60_000);
});
