import { LimitedAccount } from '../../src/activities/limits/limited-account';
import {
  LEASE_MS,
  LIMIT_KINDS,
  NO_LIMITS,
  type DemandReport,
  type JoinAnswer,
  type JoinRequest,
  type LimitGrant,
  type LimitKind,
} from '../../src/contract';
import { LimitBook, type Member } from '../../src/workflows/limits/book';

const BEAT_MS = 1500;
const PLACES = 8;
/** From a worker to the limits workflow, or back. */
const HOP_MS = 25;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Numbers from 0 to 1 that are the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Counts what is under way, and keeps the sum over the time in which the workers want all places. */
class Service {
  peak = 0;
  private inFlight = 0;
  private busyMs = 0;
  private placeMs = 0;
  private at = Date.now();
  private readonly wanted: () => number;

  constructor(wanted: () => number) {
    this.wanted = wanted;
  }

  async ask(ms: number): Promise<void> {
    this.count(1);
    await pause(ms);
    this.count(-1);
  }

  /** Mean number of requests under way while the workers wanted at least all places. */
  get mean(): number {
    return this.placeMs / this.busyMs;
  }

  count(more: number): void {
    const ms = Date.now() - this.at;
    if (this.wanted() >= PLACES) {
      this.busyMs += ms;
      this.placeMs += this.inFlight * ms;
    }
    this.at = Date.now();
    this.inFlight += more;
    this.peak = Math.max(this.peak, this.inFlight);
  }
}

/** A worker process of the site. Without `awake` it would act while it is frozen, or after its end. */
export class Process {
  readonly workerId: string;
  readonly host: string;
  readonly account: LimitedAccount;
  isDead = false;
  isFrozen = false;
  beatAt = 0;
  member: Member | null = null;
  private readonly site: LimitsSite;

  constructor(site: LimitsSite, workerId: string, host: string) {
    this.site = site;
    this.workerId = workerId;
    this.host = host;
    this.account = new LimitedAccount('acme', {
      workerId,
      host,
      process: { pid: Number(workerId.slice(1)), startTime: '', world: host },
      hasEnded: (neighbour) => site.processes.some((one) => one.workerId === neighbour.workerId && one.isDead),
      configured: () => ({ ...NO_LIMITS, requests: PLACES, transfers: PLACES }),
      pollForLeases: () => Promise.resolve(),
      log: { warn: () => undefined },
      ask: {
        exists: () => Promise.resolve(true),
        join: (_, request) => this.awake().then(() => site.join(this, request)),
        demand: (_, report) => this.awake().then(() => site.report(this, report)),
        ended: (_, { workerId: ended }) => this.awake().then(() => site.reportEnded(ended)),
        refused: () => Promise.resolve(),
      },
    });
  }

  wanted(kind: LimitKind): number {
    const { limits } = this.account;
    return this.isDead ? 0 : limits.inFlight[kind] + limits.waiting[kind];
  }

  async awake(): Promise<void> {
    while (this.isFrozen) await pause(50);
    if (this.isDead) await new Promise<never>(() => undefined);
  }

  /** A request of this kind. */
  async ask(kind: LimitKind, ms: number): Promise<void> {
    await this.awake();
    const permit = await this.account.limits.gates[kind].enter();
    if (this.isDead) return await this.awake();
    if (!this.isFrozen) await this.site.services[kind].ask(ms);
    await this.awake();
    permit.release(true);
  }
}

/**
 * The limits workflow as the server runs it, and worker processes, in the time of the fake timers. Counts the events of
 * the workflow's history.
 */
export class LimitsSite {
  events = 0;
  readonly services: Readonly<Record<LimitKind, Service>>;
  readonly processes: Process[] = [];
  private readonly book = new LimitBook(null);
  private readonly inbox: (() => void)[] = [];
  private hasTask = false;
  private started = 0;
  private wakesAt = Infinity;

  constructor() {
    const wanted = (kind: LimitKind) => () => this.processes.reduce((sum, one) => sum + one.wanted(kind), 0);
    this.services = { requests: new Service(wanted('requests')), transfers: new Service(wanted('transfers')) };
    setInterval(() => LIMIT_KINDS.forEach((kind) => this.services[kind].count(0)), 20);
    setInterval(() => this.missLeases(), 100);
  }

  start(host: string): Process {
    const one = new Process(this, `w${(this.started += 1)}`, host);
    this.processes.push(one);
    setInterval(() => {
      if (one.isDead || one.isFrozen || one.member === null) return;
      one.beatAt = Date.now();
      one.account.limits.confirm({ monotonic: performance.now(), wall: Date.now() });
    }, BEAT_MS);
    return one;
  }

  async join(one: Process, request: JoinRequest): Promise<JoinAnswer> {
    await pause(HOP_MS);
    return await new Promise((resolve) =>
      this.task(2, () => {
        const member = this.book.join(request, Date.now());
        resolve({ limited: true, neighbours: this.book.neighboursOf(member) });
        this.events += 2;
        void this.beginLease(one, member);
      }),
    );
  }

  private async beginLease(one: Process, member: Member): Promise<void> {
    await pause(HOP_MS);
    await one.awake();
    one.member = member;
    one.account.beginLease(member.since);
    one.beatAt = Date.now();
    one.account.limits.confirm({ monotonic: performance.now(), wall: Date.now() });
  }

  async report({ member }: Process, { demand }: DemandReport): Promise<void> {
    await pause(HOP_MS);
    this.task(1, () => {
      if (member !== null && this.book.members.includes(member)) member.demand = demand;
    });
  }

  async reportEnded(workerId: string): Promise<void> {
    await pause(HOP_MS);
    this.task(1, () => {
      const member = this.book.find(workerId);
      if (member !== undefined) this.book.leave(member, false, Date.now());
    });
  }

  /** The server misses heartbeats. */
  private missLeases(): void {
    for (const one of this.processes) {
      const { member } = one;
      if (member === null || Date.now() - one.beatAt < LEASE_MS) continue;
      one.member = null;
      this.task(1, () => this.book.leave(member, true, Date.now()));
    }
  }

  /** Something happens for which the workflow wakes; a task of the workflow has three events. */
  private task(events: number, handle: () => void): void {
    this.events += events;
    this.inbox.push(handle);
    if (this.hasTask) return;
    this.hasTask = true;
    void pause(HOP_MS).then(() => {
      this.events += 3;
      this.hasTask = false;
      for (const one of this.inbox.splice(0)) one();
      this.share();
    });
  }

  private share(): void {
    const now = Date.now();
    for (const { member, grant } of this.book.grantsAt(now)) void this.send(member, grant);
    const at = this.book.nextChangeAt(now);
    if (at === null || at >= this.wakesAt) return;
    this.wakesAt = at;
    this.events += 1;
    void pause(at - now).then(() => {
      if (this.wakesAt === at) this.wakesAt = Infinity;
      this.task(1, () => undefined);
    });
  }

  private async send(member: Member, grant: LimitGrant): Promise<void> {
    this.events += 1;
    const one = this.processes.find(({ workerId }) => workerId === member.workerId);
    await pause(HOP_MS);
    if (one === undefined) return;
    await one.awake();
    const { limits } = one.account;
    one.account.apply(grant);
    while (limits.isCurrent(grant) && limits.isOver(grant)) await pause(20);
    const held = { ...limits.inFlight };
    await pause(HOP_MS);
    await one.awake();
    this.task(2, () => this.book.taken(member, grant, held));
  }
}
