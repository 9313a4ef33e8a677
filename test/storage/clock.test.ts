import * as fc from 'fast-check';
import { createStorage } from '../../src/storage';
import { createStorageClock } from '../../src/storage/clock';
import { CONTAINER, startTempUrlServer } from './support/tempurl-server';

const ORIGIN = 'https://objects.example.net';
const dateHeader = (ms: number): string => new Date(ms).toUTCString();

test('Before any answer our own clock is taken, and the skew is unknown', () => {
  const clock = createStorageClock(() => 1_700_000_000_123);
  expect(clock.skewMs(ORIGIN)).toBeNull();
  expect(clock.now(ORIGIN)).toBe(1_700_000_000_123);
});

test('Clocks that may agree are taken to agree, although a Date is cut to whole seconds', () => {
  const clock = createStorageClock();
  const now = 1_700_000_000_950;
  clock.observe(ORIGIN, dateHeader(now), now - 20, now + 20);
  expect(clock.skewMs(ORIGIN)).toBe(0);
});

test('The skew is never thought smaller than it is, and each answer brings it nearer', () => {
  expect(() =>
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 2000, max: 900_000 }), fc.integer({ min: -900_000, max: -2000 })),
        fc.array(fc.record({ gapMs: fc.nat(1500), thereMs: fc.nat(80), backMs: fc.nat(80) }), { minLength: 1 }),
        (skewMs, answers) => {
          const clock = createStorageClock();
          let now = 1_700_000_000_000;
          let last = Number.POSITIVE_INFINITY;
          for (const { gapMs, thereMs, backMs } of answers) {
            const sentAt = now + gapMs;
            now = sentAt + thereMs + backMs;
            clock.observe(ORIGIN, dateHeader(sentAt + thereMs + skewMs), sentAt, now);
            const known = clock.skewMs(ORIGIN) as number;
            if (known < skewMs || known > skewMs + 1160 || known > last) return false;
            last = known;
          }
          return true;
        },
      ),
    ),
  ).not.toThrow();
});

test('A clock that was set is believed again', () => {
  const clock = createStorageClock();
  clock.observe(ORIGIN, dateHeader(1_700_000_000_000), 1_700_000_000_000, 1_700_000_000_010);
  clock.observe(ORIGIN, dateHeader(1_700_000_090_000), 1_700_000_030_000, 1_700_000_030_010);
  expect(clock.skewMs(ORIGIN)).toBe(61_000);
});

test('A Date that is none, and one out of a cache, teach nothing', async () => {
  const clock = createStorageClock();
  clock.observe(ORIGIN, 'yesterday', 0, 1);
  expect(clock.skewMs(ORIGIN)).toBeNull();
  const server = await startTempUrlServer();
  const storage = createStorage();
  try {
    server.clockAheadMs = 3_600_000;
    server.faults.push({ method: 'HEAD', fault: { status: 404, headers: { age: '10' } } });
    await storage.head(server.sign('GET', `${CONTAINER}/none`));
    expect(storage.skewMs(server.origin)).toBeNull();
  } finally {
    await storage.close();
    await server.close();
  }
});

test('Every answer teaches the time, refusals too', async () => {
  const server = await startTempUrlServer();
  const storage = createStorage();
  try {
    server.clockAheadMs = 90_000;
    await expect(storage.head(server.sign('GET', `${CONTAINER}/none`, -10))).rejects.toMatchObject({
      code: 'URL_REFUSED',
    });
    const skew = storage.skewMs(server.origin) as number;
    expect(skew).toBeGreaterThanOrEqual(90_000);
    expect(skew).toBeLessThan(92_000);
    expect(Math.abs(storage.now(server.origin) - Date.now() - skew)).toBeLessThan(50);
  } finally {
    await storage.close();
    await server.close();
  }
});
