import { setTimeout as delay } from 'node:timers/promises';
import {
  LIMIT_KINDS,
  NO_LIMITS,
  type AccountLimitValues,
  type LimitGrant,
  type LimitKind,
  type PerKind,
} from '../../contract';
import { AccountLimits } from '../../limits';
import type { AskLimits } from './ask-limits';
import { Demand } from './demand';
import { Neighbours } from './neighbours';
import type { ProcessWatch } from './own-process';

/** Without configured limits, a busy worker checks this often for a live limit. */
const LOOK_EVERY_MS = 3000;

const TICK_MS = 1000;

/** Much shorter than the time until a new share arrives. */
const FIRST_REPORT_AFTER_MS = 50;

/** A worker that has a place already reports its demand once it has grown for this time. */
const REPORT_AFTER_MS = 400;

/** A granted lease that does not arrive within this time is requested again. */
const COMES_WITHIN_MS = 10_000;

const PAUSE_MS = { first: 300, longest: 5000 } as const;

export interface LimiterDeps extends ProcessWatch {
  readonly ask: AskLimits;
  readonly workerId: string;
  readonly host: string;
  /** Null when the configuration has no limits. */
  configured(account: string): AccountLimitValues | null;
  /** The worker polls for leases from now on. */
  readonly pollForLeases: () => Promise<void>;
  readonly log: { warn(message: string, facts: Readonly<Record<string, unknown>>): void };
}

export interface Lease {
  readonly isCurrent: () => boolean;
  /** The server no longer knows the lease. The confirmed share holds until its time has passed. */
  readonly forget: () => void;
}

/** Holds a lease for one account while this worker has work for the account. */
export class LimitedAccount {
  readonly limits: AccountLimits;
  private readonly account: string;
  private readonly deps: LimiterDeps;
  private readonly configured: AccountLimitValues | null;
  private readonly demand = new Demand();
  private readonly neighbours: Neighbours;
  private lease: object | null = null;
  private lookedAt = -Infinity;
  private joinedAt = -Infinity;
  private joining = false;
  private looking = false;
  private hasSaid = false;
  private highest = { requests: 0, transfers: 0 };
  private timer: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;

  constructor(account: string, deps: LimiterDeps) {
    this.account = account;
    this.deps = deps;
    this.configured = deps.configured(account);
    this.neighbours = new Neighbours(deps.workerId, deps.hasEnded);
    this.limits = new AccountLimits({
      wanted: () => this.wanted(),
      refused: (kind, inFlight, retryAfterMs) => this.refused(kind, inFlight, retryAfterMs),
    });
  }

  /** Begins a lease; an older one ends. The lease is current until another begins. */
  beginLease(since: number): Lease {
    const lease = {};
    this.lease = lease;
    this.joinedAt = -Infinity;
    this.limits.begin(since);
    this.startTicking();
    const isCurrent = (): boolean => this.lease === lease;
    return {
      isCurrent,
      forget: () => {
        if (isCurrent()) this.lease = null;
      },
    };
  }

  endLease(): void {
    this.lease = null;
    this.limits.close();
  }

  /** The worker has had nothing to do for a while. */
  get isIdle(): boolean {
    return this.demand.isIdle;
  }

  apply(grant: LimitGrant): void {
    this.limits.apply(grant);
    if (this.limits.isCurrent(grant)) this.neighbours.know(grant.neighbours ?? []);
    this.startTicking();
  }

  private wanted(): void {
    this.demand.wake();
    this.startTicking();
    if (this.lease !== null) this.reportSoon();
    if (this.limits.standing === 'open') this.look();
    else if (this.limits.standing !== 'leased' && this.lease === null) {
      if (this.configured === null && this.lookedAt === -Infinity) this.look();
      else this.join();
    }
  }

  /** Checks for a live limit. Requests wait until the first check is done, and do not wait for later checks. */
  private look(): void {
    if (this.looking || this.configured !== null || performance.now() - this.lookedAt < LOOK_EVERY_MS) return;
    this.looking = true;
    void this.deps.ask
      .exists(this.account)
      .then((exists) => {
        if (exists) this.join();
        else this.limits.open();
      })
      // The server did not answer. Nothing is configured, so requests may leave.
      .catch(() => this.limits.standing === 'closed' && this.limits.open())
      .finally(() => {
        this.looking = false;
        this.lookedAt = performance.now();
      });
  }

  private join(): void {
    if (this.joining || performance.now() - this.joinedAt < COMES_WITHIN_MS) return;
    this.joining = true;
    void this.joinUntilDone().finally(() => (this.joining = false));
  }

  private async joinUntilDone(): Promise<void> {
    const { ask, workerId, host, process, pollForLeases } = this.deps;
    for (let pauseMs: number = PAUSE_MS.first; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS.longest)) {
      try {
        await pollForLeases();
        const demand = this.wantedNow();
        const configured = this.configured ?? NO_LIMITS;
        const request = { workerId, host, configured, demand, ...(process === null ? {} : { process }) };
        const { limited, neighbours = [] } = await ask.join(this.account, request);
        this.neighbours.know(neighbours);
        this.demand.reported = demand;
        this.hasSaid = false;
        this.joinedAt = limited ? performance.now() : -Infinity;
        if (!limited) this.limits.open();
        return;
      } catch (error) {
        this.say(error);
        const { requests, transfers } = this.limits.waiting;
        if (requests + transfers === 0) return;
        await delay(pauseMs);
      }
    }
  }

  /** Logs once for each period in which the limits workflow cannot be reached. */
  private say(error: unknown): void {
    if (this.hasSaid) return;
    this.hasSaid = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.deps.log.warn('The limits of an account cannot be reached; its requests wait', {
      account: this.account,
      reason,
    });
  }

  private refused(kind: LimitKind, inFlight: number, retryAfterMs: number): void {
    const { ask, workerId } = this.deps;
    ask.refused(this.account, { workerId, kind, inFlight, retryAfterMs }).catch((error: unknown) => this.say(error));
  }

  private startTicking(): void {
    this.highest = { ...this.highest, ...this.highestNow() };
    this.timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  private tick(): void {
    this.demand.note(this.highestNow());
    this.highest = { ...this.wantedNow() };
    if (this.lease !== null) {
      this.reportEnded();
      this.report();
      return;
    }
    const { requests, transfers } = this.limits.waiting;
    if (requests + transfers > 0) this.wanted();
    else if (this.demand.isIdle) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  /** Requests that arrive at the same time share one report. */
  private reportSoon(): void {
    const hasNoPlace = LIMIT_KINDS.some((kind) => this.limits.waiting[kind] > 0 && this.limits.share(kind) < 1);
    this.soon ??= setTimeout(
      () => {
        this.soon = undefined;
        if (this.lease !== null) this.report();
      },
      hasNoPlace ? FIRST_REPORT_AFTER_MS : REPORT_AFTER_MS,
    ).unref();
  }

  private report(): void {
    const demand = this.demand.news(this.wantedNow(), (kind) => this.limits.share(kind));
    if (demand === null || this.demand.isIdle) return;
    const before = this.demand.reported;
    this.demand.reported = demand;
    this.deps.ask.demand(this.account, { workerId: this.deps.workerId, demand }).catch((error: unknown) => {
      this.demand.reported = before;
      this.say(error);
    });
  }

  /** Others get the places of an ended worker at once. */
  private reportEnded(): void {
    for (const workerId of this.neighbours.look())
      this.deps.ask.ended(this.account, { workerId }).catch((error: unknown) => this.say(error));
  }

  private highestNow(): { requests: number; transfers: number } {
    const now = this.wantedNow();
    return {
      requests: Math.max(this.highest.requests, now.requests),
      transfers: Math.max(this.highest.transfers, now.transfers),
    };
  }

  private wantedNow(): PerKind<number> {
    const { inFlight, waiting } = this.limits;
    const [requests = 0, transfers = 0] = LIMIT_KINDS.map((kind) => inFlight[kind] + waiting[kind]);
    return { requests, transfers };
  }
}
