import {
  LIMIT_KINDS,
  NO_LIMITS,
  type AccountLimitValues,
  type ChangeRecord,
  type ChangeRequest,
  type JoinRequest,
  type LeasedWorker,
  type LimitGrant,
  type LimitKind,
  type LimitsChange,
  type LimitsState,
  type LimitsView,
  type Neighbour,
  type PerKind,
  type Refusal,
  type RefusalReport,
  type Withheld,
  FALLBACK_MS,
} from '../../contract';
import { calmSharesOf, levelAt, levelChangesAt, partsOf, refusedAt, sharesOf, TURN_MS } from './shares';

/** The number of held places that means "no limit". */
const UNBOUNDED = 1_000_000;

/** The number of changes by people to remember. */
const MOST_CHANGES = 20;

/** More workers of one machine need not watch each other. */
const MOST_NEIGHBOURS = 20;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Counts = Mutable<PerKind<number>>;

interface Offer {
  readonly version: number;
  readonly share: PerKind<number>;
}

/** `first`: the rules of version 0.2.0-rc.1, `second`: those of its first fix; to replay their histories. */
export type BookRules = 'current' | 'second' | 'first';

export interface Member extends Mutable<Omit<LeasedWorker, 'held' | 'demand'>> {
  demand: PerKind<number>;
  readonly held: Counts;
  /** The last grant that was sent, without its version. */
  sent: string | null;
  /** Grants that were sent and not yet accepted, oldest first. */
  offers: readonly Offer[];
  /** The fallback places of the last grant. */
  fallback: PerKind<number>;
}

/**
 * The limits of one account, the places that workers hold, and the grants to send. Does not use Temporal; callers pass
 * the time.
 */
export class LimitBook {
  readonly members: Member[] = [];
  private configured: AccountLimitValues;
  private change: LimitsChange | null;
  private changes: readonly ChangeRecord[];
  private readonly refusals: Mutable<PerKind<Refusal | null>>;
  private heldUntil: number;
  private withheld: readonly Withheld[];
  private readonly rules: BookRules;
  private version = 0;

  constructor(state: LimitsState | null, rules: BookRules = 'current') {
    this.rules = rules;
    this.configured = state?.configured ?? NO_LIMITS;
    this.change = state?.change ?? null;
    this.changes = state?.changes ?? [];
    this.refusals = { ...(state?.refusals ?? { requests: null, transfers: null }) };
    this.heldUntil = state?.heldUntil ?? 0;
    this.withheld = state?.withheld ?? [];
    for (const worker of state?.workers ?? []) {
      this.members.push({ ...worker, held: { ...worker.held }, sent: null, offers: [] });
      this.version = Math.max(this.version, worker.version, worker.since);
    }
  }

  get state(): LimitsState {
    const { configured, change, changes, refusals, heldUntil, withheld } = this;
    const workers = this.members.map(({ sent: _sent, offers: _offers, ...worker }) => ({
      ...worker,
      held: { ...worker.held },
    }));
    return { configured, change, changes, refusals: { ...refusals }, heldUntil, withheld, workers };
  }

  /** True when no worker needs a lease and no change by a person is in force. */
  isForgettableAt(now: number): boolean {
    return this.members.length === 0 && !this.isChangedAt(now);
  }

  limitsAt(now: number): AccountLimitValues {
    return { ...this.configured, ...(this.isChangedAt(now) ? this.change?.values : {}) };
  }

  /** Whether a worker with this configuration needs a lease. */
  isLimitedAt(now: number, configured: AccountLimitValues): boolean {
    return [this.limitsAt(now), configured].some((values) => Object.values(values).some((value) => value !== null));
  }

  join({ workerId, host, configured, demand, process }: JoinRequest, now: number): Member {
    const member: Member = {
      workerId,
      host,
      configured,
      demand,
      held: { requests: 0, transfers: 0 },
      since: Math.max(this.version + 1, now),
      version: 0,
      fallback: { requests: 0, transfers: 0 },
      sent: null,
      offers: [],
      ...(process === undefined ? {} : { process }),
    };
    this.members.push(member);
    this.configured = strictest(this.members.map((one) => one.configured));
    return member;
  }

  find(workerId: string): Member | undefined {
    return this.members.find((member) => member.workerId === workerId);
  }

  /** @param isLost the worker may still use its fallback share for a while */
  leave(member: Member, isLost: boolean, now: number): void {
    if (!this.members.includes(member)) return;
    this.members.splice(this.members.indexOf(member), 1);
    if (isLost) this.withheld = [...this.withheld, { places: member.fallback, until: now + FALLBACK_MS }];
  }

  /** The other workers whose processes this worker can look at. */
  neighboursOf({ workerId, process: own }: Member): readonly Neighbour[] {
    if (this.rules !== 'current' || own === undefined) return [];
    const others = this.members.flatMap(({ workerId: other, process }) =>
      process?.world === own.world && other !== workerId ? [{ workerId: other, ...process }] : [],
    );
    return others.slice(-MOST_NEIGHBOURS);
  }

  /** True when a neighbour's word that a process has ended counts. */
  get believesNeighbours(): boolean {
    return this.rules === 'current';
  }

  setChange({ id, adds, change: asked, by, reason }: ChangeRequest, now: number): void {
    if (id !== undefined && this.changes.some((record) => record.id === id)) return;
    const before = adds === true && this.isChangedAt(now) ? this.change?.values : {};
    const change = asked === null ? null : { ...asked, values: { ...before, ...asked.values } };
    this.change = change;
    const until = change?.until ?? null;
    const record: ChangeRecord = {
      ...(id === undefined ? {} : { id }),
      at: new Date(now).toISOString(),
      by,
      reason,
      values: change?.values ?? null,
      until: until === null ? null : new Date(until).toISOString(),
    };
    this.changes = [...this.changes, record].slice(-MOST_CHANGES);
  }

  /** The worker knows only its own share, so the use of all workers is extrapolated from it. */
  noteRefusal({ workerId, kind, inFlight, retryAfterMs }: RefusalReport, now: number): void {
    this.heldUntil = Math.max(this.heldUntil, now + retryAfterMs);
    if (this.rules !== 'first' && this.isLearning(kind, now)) return;
    const all = this.members.reduce((sum, { held }) => sum + held[kind], 0);
    const own = this.find(workerId)?.held[kind] ?? 0;
    const inUse = own === 0 || own >= UNBOUNDED ? inFlight : Math.ceil((inFlight / own) * all);
    this.refusals[kind] = refusedAt(this.limitsAt(now)[kind], this.refusals[kind], inUse, now);
  }

  /**
   * True while workers hold more places than the level after the last refusal. Another refusal then does not lower the
   * level.
   */
  private isLearning(kind: LimitKind, now: number): boolean {
    const level = this.refusals[kind] === null ? null : levelAt(this.limitsAt(now)[kind], this.refusals[kind], now);
    return level !== null && this.members.reduce((sum, { held }) => sum + held[kind], 0) > level;
  }

  /** The next time at which limits change without an event; null when there is none. */
  nextChangeAt(now: number): number | null {
    if (this.members.length === 0) return null;
    const limits = this.limitsAt(now);
    const times = [
      ...this.withheld.map(({ until }) => until),
      ...LIMIT_KINDS.map((kind) => levelChangesAt(limits[kind], this.refusals[kind], now)),
      this.change?.until ?? null,
      this.mustTakeTurns(now) ? (Math.floor(now / TURN_MS) + 1) * TURN_MS : null,
    ].filter((time): time is number => time !== null && time > now);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** The grants to send now. Places are granted only after other workers have given them back. */
  grantsAt(now: number): { readonly member: Member; readonly grant: LimitGrant }[] {
    this.withheld = this.withheld.filter(({ until }) => until > now);
    const { members } = this;
    const shares = { requests: this.sharesAt('requests', now), transfers: this.sharesAt('transfers', now) };
    const parts = {
      requests: partsOf(shares.requests, demandsOf(members, 'requests')),
      transfers: partsOf(shares.transfers, demandsOf(members, 'transfers')),
    };
    const limits = this.limitsAt(now);
    const hasByteRate = limits.bytesPerSecond !== null || limits.timetable !== null;
    const grants: { member: Member; grant: LimitGrant }[] = [];
    members.forEach((member, at) => {
      const share = { requests: shares.requests[at] ?? null, transfers: shares.transfers[at] ?? null };
      const { requestsPerSecond, bytesPerSecond, timetable } = limits;
      const content: Omit<LimitGrant, 'version'> = {
        share,
        fallback: this.fallbackOf(member, share, now),
        requestsPerSecond: requestsPerSecond === null ? null : requestsPerSecond * (parts.requests[at] ?? 0),
        bytesPart: this.rules === 'current' && !hasByteRate ? 1 : (parts.transfers[at] ?? 0),
        bytesPerSecond,
        timetable,
        heldUntil: this.heldUntil,
      };
      const text = JSON.stringify(content);
      if (text === member.sent || this.isNothing(member, share)) return;
      this.version = Math.max(this.version + 1, now);
      Object.assign(member, { sent: text, version: this.version, fallback: content.fallback });
      const offer = { requests: share.requests ?? UNBOUNDED, transfers: share.transfers ?? UNBOUNDED };
      member.offers = [...member.offers, { version: this.version, share: offer }];
      for (const kind of LIMIT_KINDS) member.held[kind] = Math.max(member.held[kind], offer[kind]);
      // A change of the neighbours alone is not worth a grant.
      const neighbours = this.neighboursOf(member);
      const told = neighbours.length === 0 ? {} : { neighbours };
      grants.push({ member, grant: { ...content, ...told, version: this.version } });
    });
    return grants;
  }

  /** Records that the worker has accepted this grant or a later one, with at most `stillHeld` under way. */
  taken(member: Member, grant: LimitGrant, stillHeld: PerKind<number>): void {
    const isLatest = member.version === grant.version;
    if (!isLatest && (this.rules === 'first' || !member.offers.some(({ version }) => version === grant.version)))
      return;
    member.offers = member.offers.filter(({ version }) => version > grant.version);
    for (const kind of LIMIT_KINDS) {
      const share = grant.share[kind];
      const offered = member.offers.map((offer) => offer.share[kind]);
      member.held[kind] = share === null ? UNBOUNDED : Math.max(share, stillHeld[kind], ...offered);
      // The worker could not give all places back in time, so the grant is sent again.
      if (isLatest && share !== null && stillHeld[kind] > share) member.sent = null;
    }
  }

  view(account: string, now: number): LimitsView {
    const limits = this.limitsAt(now);
    const { change, changes, refusals } = this;
    const levels = {
      requests: levelAt(limits.requests, refusals.requests, now),
      transfers: levelAt(limits.transfers, refusals.transfers, now),
    };
    const workers = this.members.map(({ workerId, host, held, demand }) => ({ workerId, host, share: held, demand }));
    return { account, limits, now: levels, change: this.isChangedAt(now) ? change : null, changes, refusals, workers };
  }

  /** A worker that has joined and has no grant yet may send nothing, so it needs no grant that says so. */
  private isNothing(member: Member, { requests, transfers }: PerKind<number | null>): boolean {
    return this.rules === 'current' && member.version === 0 && requests === 0 && transfers === 0;
  }

  private isChangedAt(now: number): boolean {
    return this.change !== null && (this.change.until === null || now < this.change.until);
  }

  private placesAt(kind: LimitKind, now: number): number | null {
    const level = levelAt(this.limitsAt(now)[kind], this.refusals[kind], now);
    if (level === null) return null;
    return level - this.withheld.reduce((sum, { places }) => sum + places[kind], 0);
  }

  private sharesAt(kind: LimitKind, now: number): (number | null)[] {
    const places = this.placesAt(kind, now);
    if (places === null) return this.members.map(() => null);
    const targets = this.targetsAt(kind, places, now);
    let free = Math.max(0, places - this.members.reduce((sum, { held }) => sum + held[kind], 0));
    return this.members.map(({ held }, at) => {
      const target = targets[at] ?? 0;
      const more = Math.max(0, Math.min(target - held[kind], free));
      free -= more;
      return Math.min(target, held[kind] + more);
    });
  }

  private targetsAt(kind: LimitKind, places: number, now: number): number[] {
    const demands = demandsOf(this.members, kind);
    const takesTurns = this.mustTakeTurns(now);
    if (this.rules !== 'current' || takesTurns)
      return sharesOf(places, demands, takesTurns ? Math.floor(now / TURN_MS) : 0);
    const given = this.members.map(({ held, offers }) => offers.at(-1)?.share[kind] ?? held[kind]);
    return calmSharesOf(places, demands, given);
  }

  /** One fallback place for the first worker of each host, if there are enough places for all hosts. */
  private fallbackOf(member: Member, share: PerKind<number | null>, now: number): PerKind<number> {
    const isFirst = this.members.find(({ host }) => host === member.host) === member;
    const hosts = new Set(this.members.map(({ host }) => host)).size;
    const one = (kind: LimitKind): number => {
      const level = levelAt(this.limitsAt(now)[kind], this.refusals[kind], now);
      return isFirst && level !== null && level >= 2 * hosts ? Math.min(1, share[kind] ?? 0) : 0;
    };
    return { requests: one('requests'), transfers: one('transfers') };
  }

  private mustTakeTurns(now: number): boolean {
    return LIMIT_KINDS.some((kind) => {
      const places = this.placesAt(kind, now);
      const asking = demandsOf(this.members, kind).filter((demand) => demand > 0).length;
      return places !== null && places > 0 && places < asking;
    });
  }
}

function demandsOf(members: readonly Member[], kind: LimitKind): number[] {
  return members.map(({ demand }) => demand[kind]);
}

/** Workers may have different configurations, so the lowest value of each limit counts. */
function strictest(all: readonly AccountLimitValues[]): AccountLimitValues {
  const lowest = (of: (values: AccountLimitValues) => number | null): number | null => {
    const set = all.map(of).filter((value) => value !== null);
    return set.length === 0 ? null : Math.min(...set);
  };
  return {
    requests: lowest(({ requests }) => requests),
    transfers: lowest(({ transfers }) => transfers),
    requestsPerSecond: lowest(({ requestsPerSecond }) => requestsPerSecond),
    bytesPerSecond: lowest(({ bytesPerSecond }) => bytesPerSecond),
    timetable: all.findLast(({ timetable }) => timetable !== null)?.timetable ?? null,
  };
}
