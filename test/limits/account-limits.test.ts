import { LEASE_MS, type LimitGrant } from '../../src/contract';
import type { Permit } from '../../src/lib/gate';
import { onBehalfOf } from '../../src/lib/on-behalf';
import { AccountLimits } from '../../src/limits';

const wanted = jest.fn();
const refused = jest.fn();
let limits: AccountLimits;
let version = 0;

beforeEach(() => {
  jest.useFakeTimers();
  wanted.mockReset();
  refused.mockReset();
  limits = new AccountLimits({ wanted, refused });
  version = 0;
});
afterEach(() => {
  limits.close();
  jest.useRealTimers();
});

function grant(requests: number | null, more: Partial<LimitGrant> = {}): LimitGrant {
  version += 1;
  return {
    version,
    share: { requests, transfers: requests },
    fallback: { requests: 0, transfers: 0 },
    requestsPerSecond: null,
    bytesPart: 1,
    bytesPerSecond: null,
    timetable: null,
    heldUntil: 0,
    ...more,
  };
}

const now = () => ({ monotonic: performance.now(), wall: Date.now() });
const confirm = (): void => limits.confirm(now());

/** The permits of those who got in so far. */
function enter(count: number): Permit[] {
  const entered: Permit[] = [];
  for (let at = 0; at < count; at += 1) {
    limits.gates.requests.enter().then(
      (permit) => entered.push(permit),
      () => undefined,
    );
  }
  return entered;
}

const settled = (): Promise<void> => jest.advanceTimersByTimeAsync(0).then(() => undefined);

test('Without a lease nothing leaves; with one as many as its share, and another for each that is answered.', async () => {
  const entered = enter(4);
  await settled();
  expect(entered).toHaveLength(0);
  expect(wanted).toHaveBeenCalled();
  limits.begin(1);
  limits.apply(grant(2));
  await settled();
  // A share alone is not a lease: the server must have acknowledged a heartbeat.
  expect(entered).toHaveLength(0);
  confirm();
  await settled();
  expect(entered).toHaveLength(2);
  entered[0]!.release(true);
  await settled();
  expect(entered).toHaveLength(3);
});

test('What was given up keeps its place for a moment, for the service may not have noticed.', async () => {
  limits.apply(grant(1));
  confirm();
  const entered = enter(2);
  await settled();
  entered[0]!.release(false);
  await jest.advanceTimersByTimeAsync(250);
  expect(entered).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(100);
  expect(entered).toHaveLength(2);
});

test('Nothing new leaves 6 s after the last acknowledged heartbeat, and what is under way is given up before the server misses it.', async () => {
  limits.apply(grant(2, { fallback: { requests: 1, transfers: 0 } }));
  confirm();
  const [older, newer] = enter(2);
  const permits = enter(2);
  await settled();
  expect([older, newer]).toEqual([undefined, undefined]);
  expect(limits.inFlight.requests).toBe(2);
  await jest.advanceTimersByTimeAsync(6100);
  expect(limits.standing).toBe('fallback');
  expect(permits).toHaveLength(0);
  await jest.advanceTimersByTimeAsync(LEASE_MS - 6100 - 500);
  const more = enter(1);
  await settled();
  expect(more).toHaveLength(0);
});

test('A lease that is lost takes back the newest requests first, down to the fallback share, and then all.', async () => {
  limits.apply(grant(2, { fallback: { requests: 1, transfers: 0 } }));
  confirm();
  const entered = enter(2);
  await settled();
  const aborted = (): boolean[] => entered.map(({ signal }) => signal.aborted);
  await jest.advanceTimersByTimeAsync(6900);
  expect(aborted()).toEqual([false, false]);
  await jest.advanceTimersByTimeAsync(400);
  expect(aborted()).toEqual([false, true]);
  expect(entered[1]!.signal.reason).toMatchObject({ code: 'LIMIT_LOST' });
  await jest.advanceTimersByTimeAsync(7000);
  expect(aborted()).toEqual([true, true]);
});

test('A clock that was set, or stood still while the machine slept, ends a lease as well.', () => {
  limits.apply(grant(2));
  confirm();
  expect(limits.standing).toBe('leased');
  jest.setSystemTime(Date.now() + 60_000);
  expect(limits.standing).toBe('closed');
});

test('A grant of a lease that was lost does not hold for the next one.', () => {
  limits.begin(10);
  limits.apply(grant(5, { version: 12 }));
  confirm();
  expect(limits.share('requests')).toBe(5);
  limits.begin(20);
  confirm();
  expect(limits.share('requests')).toBe(0);
  limits.apply(grant(5, { version: 13 }));
  expect(limits.share('requests')).toBe(0);
  limits.apply(grant(1, { version: 20 }));
  expect(limits.share('requests')).toBe(1);
});

test('After a 429 nothing of the account leaves for a second, then half of what was under way; told once for a burst.', async () => {
  limits.apply(grant(6));
  confirm();
  const entered = enter(6);
  await settled();
  entered[0]!.refused(1000);
  entered[1]!.refused(1000);
  for (const permit of entered) permit.release(true);
  expect(refused.mock.calls).toEqual([['requests', 6, 1000]]);
  const later = enter(6);
  const transfers = jest.fn();
  void limits.gates.transfers.enter().then(transfers);
  await jest.advanceTimersByTimeAsync(990);
  expect(later).toHaveLength(0);
  expect(transfers).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(20);
  expect(later).toHaveLength(3);
  expect(transfers).toHaveBeenCalledTimes(1);
});

test('The more urgent go first.', async () => {
  const order: string[] = [];
  const as = (priority: number, name: string): void => {
    const behalf = { priority, waitFor: () => undefined };
    void onBehalfOf(behalf, async () => {
      const permit = await limits.gates.requests.enter();
      order.push(name);
      permit.release(true);
    });
  };
  as(4, 'job');
  as(3, 'many');
  as(2, 'followed');
  limits.apply(grant(1));
  confirm();
  await settled();
  expect(order).toEqual(['followed', 'many', 'job']);
});

test('Who waits for a while is told what for, and that it goes on.', async () => {
  const told: (string | null)[] = [];
  const behalf = { priority: 3, waitFor: (what: string | null) => void told.push(what) };
  const entering = onBehalfOf(behalf, () => limits.gates.requests.enter());
  await jest.advanceTimersByTimeAsync(600);
  expect(told).toEqual(['room within the limit of requests']);
  limits.apply(grant(1));
  confirm();
  await entering;
  expect(told).toEqual(['room within the limit of requests', null]);
});

test('Requests a second are spread over the second.', async () => {
  limits.apply(grant(100, { requestsPerSecond: 10 }));
  confirm();
  const entered = enter(30);
  await settled();
  expect(entered).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(1000);
  confirm();
  expect(entered.length).toBeGreaterThanOrEqual(10);
  expect(entered.length).toBeLessThanOrEqual(12);
});

test('Bytes move at the part of the rate, in pieces of a tenth of a second.', async () => {
  limits.apply(grant(2, { bytesPerSecond: 200_000, bytesPart: 0.5 }));
  confirm();
  const permit = await limits.gates.transfers.enter();
  let moved = 0;
  void (async () => {
    while (moved < 5_000_000) moved += await permit.bytes(1_000_000);
  })();
  for (let second = 1; second <= 30; second += 1) {
    await jest.advanceTimersByTimeAsync(1000);
    confirm();
    expect(Math.abs(moved - second * 100_000)).toBeLessThanOrEqual(20_000);
  }
});

test('Where nothing limits an account nothing waits, and a 429 changes nothing here.', async () => {
  limits.open();
  const entered = enter(50);
  await settled();
  expect(entered).toHaveLength(50);
  entered[0]!.refused();
  expect(refused).not.toHaveBeenCalled();
  expect(enter(1)).toHaveLength(0);
  await settled();
  expect(limits.inFlight.requests).toBe(51);
});

test('What was under way before a limit came counts.', async () => {
  limits.open();
  enter(3);
  await settled();
  limits.apply(grant(3));
  confirm();
  const later = enter(1);
  await settled();
  expect(later).toHaveLength(0);
});
