import { LimitsSite, pause, randomFrom, type Process } from './limits-site';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const BEFORE_MS = 20 * SECOND;
const RUN_MS = 240 * SECOND;
const BLOW_EVERY_MS = 18 * SECOND;
const LINES = 60;
const LANES = 8;

beforeEach(() => jest.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => jest.useRealTimers());

type Random = () => number;
type Work = (one: Process, random: Random) => Promise<never>;

/** Pages of a job, one after another: links and files of eight lines at once, then the messages one by one. */
const pagesForever: Work = async (one, random) => {
  const answerMs = (): number => 205 + 30 * random();
  for (;;) {
    let left = LINES;
    const deliver = async (): Promise<void> => {
      while ((left -= 1) >= 0) {
        await one.ask('requests', answerMs());
        await one.ask('transfers', answerMs());
        await pause(30 * random());
      }
    };
    await Promise.all(Array.from({ length: LANES }, deliver));
    await pause(100 + 200 * random());
    for (let line = 0; line < LINES; line += 1) {
      await pause(10 * random());
      await one.ask('requests', answerMs());
    }
    await pause(200 + 400 * random());
  }
};

/** Transfers one after another, with the pauses between their steps. */
const transfersForever: Work = async (one, random) => {
  const answerMs = (): number => 205 + 30 * random();
  for (;;) {
    await pause(400 * random());
    await one.ask('requests', answerMs());
    await pause(150 * random());
    await one.ask('transfers', answerMs());
    await pause(150 * random());
    await one.ask('requests', answerMs());
  }
};

/** Kills and freezes workers in turn. */
async function strike(site: LimitsSite, random: Random, begin: (one: Process) => void): Promise<never> {
  for (let count = 0; ; count += 1) {
    await pause(BLOW_EVERY_MS * (0.5 + random()));
    const alive = site.processes.filter((one) => !one.isDead && !one.isFrozen);
    const one = alive.length < 2 ? undefined : alive[Math.floor(random() * alive.length)];
    if (one === undefined) continue;
    if (count % 2 === 0) {
      one.isDead = true;
      void pause(500 + 3500 * random()).then(() => begin(site.start(one.host)));
    } else {
      one.isFrozen = true;
      void pause(1000 + 14_000 * random()).then(() => (one.isFrozen = false));
    }
  }
}

/** Four workers of two hosts, each with so many pages or transfers at a time. */
async function run(work: Work, atOnce: number, strikes: boolean) {
  const random = randomFrom(7919);
  const site = new LimitsSite();
  const begin = (one: Process): void => {
    for (let count = 0; count < atOnce; count += 1) void work(one, random);
  };
  for (const host of ['a', 'a', 'b', 'b']) begin(site.start(host));
  await jest.advanceTimersByTimeAsync(BEFORE_MS);
  const before = site.events;
  if (strikes) void strike(site, randomFrom(104_729), begin);
  await jest.advanceTimersByTimeAsync(RUN_MS);
  jest.clearAllTimers();
  const { requests, transfers } = site.services;
  const eventsPerHour = ((site.events - before) / RUN_MS) * HOUR;
  return { eventsPerHour, mean: requests.mean, peaks: [requests.peak, transfers.peak] };
}

test.each([
  ['four pages a worker, undisturbed', pagesForever, 4, false, 10_000, 7.9],
  ['two pages a worker, undisturbed', pagesForever, 2, false, 10_000, 7.7],
  ['two transfers a worker, undisturbed', transfersForever, 2, false, 2000, 7],
  ['four pages a worker amid kills and freezes', pagesForever, 4, true, 20_000, 7.5],
  ['two pages a worker amid kills and freezes', pagesForever, 2, true, 20_000, 7.2],
  ['six transfers a worker amid kills and freezes', transfersForever, 6, true, 14_000, 7.4],
])(
  'Limits cost few events, and the places are in use: %s.',
  async (_, work, atOnce, strikes, mostEvents, leastUse) => {
    const { eventsPerHour, mean, peaks } = await run(work, atOnce, strikes);
    expect(Math.max(...peaks)).toBe(8);
    expect(eventsPerHour).toBeLessThan(mostEvents);
    expect(mean).toBeGreaterThan(leastUse);
  },
  30_000,
);
