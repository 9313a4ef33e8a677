import { LEASE_MS, NO_LIMITS, type LimitGrant } from '../../src/contract';
import { AccountLimits } from '../../src/limits';
import { LimitBook, type Member } from '../../src/workflows/limits/book';

const PLACES = 8;
const CLIENTS = 20;
const ANSWER_MS = 200;
/** From the entity to a worker, or back. */
const HOP_MS = 60;
const BEAT_MS = 1500;
const SECOND = 1000;
const RUN_MS = 600 * SECOND;
/** A blow on average. */
const BLOW_EVERY_MS = 16 * SECOND;
const DOWN_MS = 3 * SECOND;
const FROZEN_MS = 8 * SECOND;

beforeEach(() => jest.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => jest.useRealTimers());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Counts what is under way, and keeps the sum over time. */
class Service {
  peak = 0;
  private inFlight = 0;
  private placeMs = 0;
  private at = Date.now();

  async ask(): Promise<void> {
    this.count(1);
    await pause(ANSWER_MS);
    this.count(-1);
  }

  meanOver(ms: number): number {
    this.count(0);
    return this.placeMs / ms;
  }

  private count(more: number): void {
    this.placeMs += this.inFlight * (Date.now() - this.at);
    this.at = Date.now();
    this.inFlight += more;
    this.peak = Math.max(this.peak, this.inFlight);
  }
}

interface Process {
  readonly workerId: string;
  readonly host: string;
  readonly limits: AccountLimits;
  member: Member | null;
  beatAt: number;
  isFrozen: boolean;
  isDead: boolean;
}

/** The book and worker processes with more work than places, without Temporal, in the time of the fake timers. */
class Site {
  readonly service = new Service();
  readonly processes: Process[] = [];
  private readonly book = new LimitBook(null);
  private started = 0;

  constructor() {
    setInterval(() => this.look(), 100);
  }

  start(host: string): void {
    const limits = new AccountLimits({ wanted: () => undefined, refused: () => undefined });
    const workerId = `w${(this.started += 1)}`;
    const one: Process = { workerId, host, limits, member: null, beatAt: 0, isFrozen: false, isDead: false };
    this.processes.push(one);
    this.join(one);
    setInterval(() => this.beat(one), BEAT_MS);
    for (let client = 0; client < CLIENTS; client += 1) void this.askUntilDead(one);
  }

  private join(one: Process): void {
    const { workerId, host } = one;
    const configured = { ...NO_LIMITS, requests: PLACES };
    one.member = this.book.join({ workerId, host, configured, demand: { requests: 32, transfers: 0 } }, Date.now());
    one.limits.begin(one.member.since);
    one.beatAt = Date.now();
    this.beat(one);
    this.share();
  }

  private beat(one: Process): void {
    if (one.isDead || one.isFrozen) return;
    if (one.member === null) return this.join(one);
    one.beatAt = Date.now();
    one.limits.confirm({ monotonic: performance.now(), wall: Date.now() });
  }

  /** The server misses heartbeats. */
  private look(): void {
    for (const one of this.processes) {
      if (one.member === null || Date.now() - one.beatAt < LEASE_MS) continue;
      this.book.leave(one.member, true, Date.now());
      one.member = null;
    }
    this.share();
  }

  private share(): void {
    for (const { member, grant } of this.book.grantsAt(Date.now())) void this.send(member, grant);
  }

  private async send(member: Member, grant: LimitGrant): Promise<void> {
    const one = this.processes.find((process) => process.member === member);
    await pause(HOP_MS);
    if (one === undefined) return;
    await thawed(one);
    if (one.isDead || one.member !== member) return;
    one.limits.apply(grant);
    while (one.limits.isCurrent(grant) && one.limits.isOver(grant)) await pause(20);
    await pause(HOP_MS);
    if (one.member !== member) return;
    this.book.taken(member, grant, one.limits.inFlight);
    this.share();
  }

  private async askUntilDead(one: Process): Promise<void> {
    while (!one.isDead) {
      const permit = await one.limits.gates.requests.enter();
      if (one.isDead) return;
      if (!one.isFrozen) await this.service.ask();
      await thawed(one);
      permit.release(true);
    }
  }
}

async function thawed(one: Process): Promise<void> {
  while (one.isFrozen) await pause(HOP_MS);
}

async function run(strike: boolean): Promise<{ readonly mean: number; readonly peak: number }> {
  const site = new Site();
  for (const host of ['a', 'a', 'b', 'b']) site.start(host);
  const blows = async (): Promise<void> => {
    for (let count = 0; ; count += 1) {
      await pause(BLOW_EVERY_MS);
      const alive = site.processes.filter((one) => !one.isDead && !one.isFrozen);
      const one = alive[count % alive.length];
      if (one === undefined) continue;
      if (count % 2 === 0) {
        one.isDead = true;
        void pause(DOWN_MS).then(() => site.start(one.host));
      } else {
        one.isFrozen = true;
        void pause(FROZEN_MS).then(() => (one.isFrozen = false));
      }
    }
  };
  if (strike) void blows();
  await jest.advanceTimersByTimeAsync(RUN_MS);
  const { peak } = site.service;
  const mean = site.service.meanOver(RUN_MS);
  jest.clearAllTimers();
  return { mean, peak };
}

test.each([
  ['Without lost workers the places are in use all the time.', false, 7.9],
  [
    'While a worker is killed or frozen every 16 s, more than 6 of 8 places are in use, and never more than 8.',
    true,
    6,
  ],
])('%s', async (_, strike, least) => {
  const { mean, peak } = await run(strike);
  expect(peak).toBeLessThanOrEqual(PLACES);
  expect(mean).toBeGreaterThan(least);
});
