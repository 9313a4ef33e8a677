import { FALLBACK_MS, LEASE_MS, LIMIT_KINDS, type LimitGrant, type LimitKind, type PerKind } from '../contract';
import { FerryError } from '../errors';
import { bytesPerSecondAt, parseTimetable, type TimetableEntry } from '../lib/bandwidth';
import { AccountGate, type GateOwner } from './account-gate';

/**
 * A margin: the server may measure the time of a lease slightly differently, and a frozen process needs time to notice.
 */
const MARGIN_MS = 2000;

/**
 * Without an acknowledged heartbeat for this time, no new request leaves. A second later, running requests are aborted.
 */
const VALID_MS = LEASE_MS - MARGIN_MS;
const FALLBACK_VALID_MS = LEASE_MS + FALLBACK_MS - MARGIN_MS;
const GIVE_UP_MS = 1000;

/** How often the age of a lease is checked while requests are under way. */
const LOOK_MS = 250;

export interface LimitEvents {
  /** Called when a request wants to leave. */
  wanted(): void;
  /** Called for the first 429 of a burst. */
  refused(kind: LimitKind, inFlight: number, retryAfterMs: number): void;
}

/**
 * The limits of one account in this worker. States:
 * - open: nothing limits the account
 * - closed: there is no lease (yet), so nothing leaves
 * - leased: the share of the lease counts, then its fallback share, each until its time has passed since the server
 *   acknowledged a heartbeat; both clocks count, because the monotonic clock stands still while the machine sleeps
 */
export class AccountLimits {
  readonly gates: PerKind<AccountGate>;
  private readonly events: LimitEvents;
  private isOpen = false;
  private since = 0;
  private grant: LimitGrant | null = null;
  private timetable: readonly TimetableEntry[] | null = null;
  private confirmed = { monotonic: -Infinity, wall: -Infinity };
  private watch: NodeJS.Timeout | undefined;
  /** The level after a 429, until the limits workflow sends a new share. */
  private halved: { -readonly [Kind in LimitKind]: number } = { requests: Infinity, transfers: Infinity };
  private heldUntil = 0;

  constructor(events: LimitEvents) {
    this.events = events;
    this.gates = { requests: this.gateOf('requests'), transfers: this.gateOf('transfers') };
  }

  open(): void {
    this.isOpen = true;
    this.drop();
  }

  close(): void {
    this.isOpen = false;
    this.confirmed = { monotonic: -Infinity, wall: -Infinity };
    this.drop();
  }

  /** Starts a lease. Grants of an earlier version belong to a lease that was lost. */
  begin(since: number): void {
    this.since = since;
    if (this.grant !== null && this.grant.version < since) this.close();
  }

  /** Places of the grant; Infinity: no limit. */
  share(kind: LimitKind): number {
    return this.grant === null ? 0 : (this.grant.share[kind] ?? Infinity);
  }

  /** Applies a grant unless a newer grant is known. */
  apply(grant: LimitGrant): void {
    if (grant.version < this.since || (this.grant !== null && grant.version <= this.grant.version)) return;
    this.isOpen = false;
    this.grant = grant;
    this.timetable = grant.timetable === null ? null : parseTimetable(grant.timetable);
    this.halved = { requests: Infinity, transfers: Infinity };
    this.hold(grant.heldUntil - Date.now());
    this.watch ??= setInterval(() => this.look(), LOOK_MS).unref();
    this.pump();
  }

  /** The server acknowledged a heartbeat that was sent at this time. */
  confirm(sentAt: { readonly monotonic: number; readonly wall: number }): void {
    this.confirmed = sentAt;
    this.pump();
  }

  /** The state of the lease, for the status of transfers and for requesting another lease. */
  get standing(): 'open' | 'closed' | 'leased' | 'fallback' {
    if (this.isOpen) return 'open';
    if (this.grant === null) return 'closed';
    const age = this.ageMs();
    return age < VALID_MS ? 'leased' : age < FALLBACK_VALID_MS ? 'fallback' : 'closed';
  }

  get inFlight(): PerKind<number> {
    return { requests: this.gates.requests.inFlight, transfers: this.gates.transfers.inFlight };
  }

  get waiting(): PerKind<number> {
    return { requests: this.gates.requests.waiting, transfers: this.gates.transfers.waiting };
  }

  /** True when more requests are under way than the grant allows. */
  isOver(grant: LimitGrant): boolean {
    return LIMIT_KINDS.some((kind) => this.gates[kind].inFlight > (grant.share[kind] ?? Infinity));
  }

  /** False when a newer grant has come, or the lease has ended. */
  isCurrent(grant: LimitGrant): boolean {
    return this.grant?.version === grant.version;
  }

  private gateOf(kind: LimitKind): AccountGate {
    const owner: GateOwner = {
      places: () => Math.min(this.places(kind), this.halved[kind]),
      requestsPerSecond: () => (kind === 'requests' ? (this.grant?.requestsPerSecond ?? Infinity) : Infinity),
      bytesPerSecond: () => this.bytesPerSecond(),
      heldUntil: () => this.heldUntil,
      wanted: () => this.events.wanted(),
      refused: (inFlight, retryAfterMs) => this.refused(kind, inFlight, retryAfterMs),
    };
    return new AccountGate(`room within the limit of ${kind}`, owner);
  }

  private places(kind: LimitKind): number {
    const { grant } = this;
    if (this.isOpen) return Infinity;
    if (grant === null) return 0;
    const age = this.ageMs();
    if (age < VALID_MS) return grant.share[kind] ?? Infinity;
    if (age >= FALLBACK_VALID_MS) return 0;
    return grant.share[kind] === null ? Infinity : grant.fallback[kind];
  }

  private bytesPerSecond(): number {
    if (this.isOpen || this.grant === null) return Infinity;
    const { bytesPart, bytesPerSecond } = this.grant;
    const byTime = this.timetable === null ? Infinity : bytesPerSecondAt(this.timetable, new Date());
    const all = Math.min(bytesPerSecond ?? Infinity, byTime);
    return all === Infinity ? Infinity : all * bytesPart;
  }

  private ageMs(): number {
    const { monotonic, wall } = this.confirmed;
    return Math.max(performance.now() - monotonic, Math.abs(Date.now() - wall));
  }

  private refused(kind: LimitKind, inFlight: number, retryAfterMs: number): void {
    if (this.isOpen) return;
    this.hold(retryAfterMs);
    this.halved[kind] = Math.max(1, Math.floor(Math.min(inFlight, this.places(kind)) / 2));
    this.events.refused(kind, inFlight, retryAfterMs);
  }

  private hold(ms: number): void {
    this.heldUntil = Math.max(this.heldUntil, performance.now() + ms);
  }

  /** Aborts running requests when the lease or the fallback share has expired. */
  private look(): void {
    if (this.grant === null) return;
    const age = this.ageMs();
    if (age < VALID_MS + GIVE_UP_MS) return;
    const isOver = age >= FALLBACK_VALID_MS;
    for (const kind of LIMIT_KINDS) {
      if (this.grant.share[kind] !== null)
        this.gates[kind].takeBack(isOver ? 0 : this.grant.fallback[kind], leaseLost());
    }
    this.pump();
  }

  private drop(): void {
    clearInterval(this.watch);
    this.watch = undefined;
    this.grant = null;
    this.halved = { requests: Infinity, transfers: Infinity };
    this.pump();
  }

  private pump(): void {
    for (const kind of LIMIT_KINDS) this.gates[kind].pump();
  }
}

function leaseLost(): FerryError {
  return new FerryError('LIMIT_LOST', "The worker lost its share of the account's limits; the request was given up.", {
    retryAfterMs: 1000,
  });
}
