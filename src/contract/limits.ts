/** The limits of an account: the state of its entity workflow, the shares of the workers, and the status for people. */
import type { Shapes } from './shapes';

/** Requests: login, sign-up and the socket. Transfers: PUT, GET and HEAD at storage. */
export const LIMIT_KINDS = ['requests', 'transfers'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

/** Null: no limit. */
export interface AccountLimitValues {
  /** Requests under way at once. */
  readonly requests: number | null;
  /** Storage requests under way at once. */
  readonly transfers: number | null;
  readonly requestsPerSecond: number | null;
  readonly bytesPerSecond: number | null;
  /** A timetable in rclone's form, by the clock of each worker: `08:00,2M 19:00,20M`. */
  readonly timetable: string | null;
}

export const NO_LIMITS: AccountLimitValues = {
  requests: null,
  transfers: null,
  requestsPerSecond: null,
  bytesPerSecond: null,
  timetable: null,
};

/** One entity workflow an account. It exists while workers hold leases, or while a live change holds. */
export function limitsWorkflowId(account: string): string {
  return `ferry-limits/${account}`;
}

/** The queue for the leases of one worker process. */
export function leaseQueue(workerId: string): string {
  return `ferry-lease.${workerId}`;
}

export const LIMITS_UPDATE = { join: 'joinLimits', change: 'changeLimits' } as const;
/** `change` is the same request as the update, used when no worker answers. */
export const LIMITS_SIGNAL = {
  demand: 'limitsDemand',
  refused: 'limitsRefused',
  change: 'limitsChange',
  ended: 'limitsEnded',
} as const;
export const LIMITS_QUERY = 'limitsView';

/** A lease is lost when the server has received no heartbeat for this time. */
export const LEASE_MS = 8000;

/** After a loss the fallback share of the worker is withheld from others for this long. */
export const FALLBACK_MS = 5000;

export type PerKind<T> = { readonly [Kind in LimitKind]: T };

/** What one worker may use. A grant with a higher version replaces the one before. */
export interface LimitGrant {
  readonly version: number;
  /** Places; null: no limit. */
  readonly share: PerKind<number | null>;
  /** Places that stay with the worker for {@link FALLBACK_MS} after its lease was lost. */
  readonly fallback: PerKind<number>;
  readonly requestsPerSecond: number | null;
  /** This part of the account's bytes a second. */
  readonly bytesPart: number;
  readonly bytesPerSecond: number | null;
  readonly timetable: string | null;
  /** Unix milliseconds before which no request of the account may leave, because a service answered 429. */
  readonly heldUntil: number;
  /** As they were when the grant was made. */
  readonly neighbours?: readonly Neighbour[];
}

/** Tells a process from all other processes of its machine, also from later ones with the same pid. */
export interface WorkerProcess {
  readonly pid: number;
  readonly startTime: string;
  /** The boot of the machine and the pid namespace. Only processes in the same world can look at each other. */
  readonly world: string;
}

/** Another worker with a lease, in the same world. */
export interface Neighbour extends WorkerProcess {
  readonly workerId: string;
}

export interface LimitsInput {
  readonly account: string;
  /** Carried over when the workflow continues as new. */
  readonly state: LimitsState | null;
}

export interface JoinRequest {
  readonly workerId: string;
  readonly host: string;
  /** As in the worker's ferry.toml. */
  readonly configured: AccountLimitValues;
  readonly demand: PerKind<number>;
  /** Absent where the system does not tell. */
  readonly process?: WorkerProcess;
}

export interface JoinAnswer {
  /** False: nothing limits the account now, so no lease is needed. */
  readonly limited: boolean;
  readonly neighbours?: readonly Neighbour[];
}

/** A neighbour saw that the process of this worker has ended, so the worker uses none of its places any more. */
export interface EndedReport {
  readonly workerId: string;
}

export interface DemandReport {
  readonly workerId: string;
  /** Requests that the worker has under way or would like to have. */
  readonly demand: PerKind<number>;
}

export interface RefusalReport {
  readonly workerId: string;
  readonly kind: LimitKind;
  /** Requests of the worker that were under way when the service answered 429. */
  readonly inFlight: number;
  readonly retryAfterMs: number;
}

/** A change of some values by a person. It overrides the configuration. */
export interface LimitsChange {
  readonly values: Partial<AccountLimitValues>;
  /** Unix milliseconds; null: until the next change. */
  readonly until: number | null;
  /** user@host */
  readonly by: string;
  readonly reason: string;
}

export interface ChangeRequest {
  /** The same in the update and in the signal: the workflow takes the first of them only. */
  readonly id?: string;
  /** True: the values of the present change stay, except those that this change sets. */
  readonly adds?: boolean;
  /** Null ends the live change, so the configuration applies again. */
  readonly change: LimitsChange | null;
  readonly by: string;
  readonly reason: string;
}

export interface ChangeRecord {
  /** The id of the request. */
  readonly id?: string;
  /** ISO 8601. */
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  readonly values: Partial<AccountLimitValues> | null;
  /** ISO 8601; null: until the next change. */
  readonly until: string | null;
}

/** The last 429 of one kind. */
export interface Refusal {
  /** Unix milliseconds. */
  readonly at: number;
  /** The number of requests under way in all workers that was too high. */
  readonly level: number;
}

export interface LeasedWorker {
  readonly workerId: string;
  readonly host: string;
  readonly configured: AccountLimitValues;
  readonly demand: PerKind<number>;
  /** The most requests that the worker may have under way, over all grants that it may have. */
  readonly held: PerKind<number>;
  /** Lower bound of the version of its first grant. */
  readonly since: number;
  /** Places of the last grant that the worker keeps for a while after a loss. */
  readonly fallback: PerKind<number>;
  readonly version: number;
  readonly process?: WorkerProcess;
}

/** Places of a lost worker that it may still use. */
export interface Withheld {
  readonly places: PerKind<number>;
  /** Unix milliseconds. */
  readonly until: number;
}

export interface LimitsState {
  readonly configured: AccountLimitValues;
  readonly change: LimitsChange | null;
  readonly changes: readonly ChangeRecord[];
  readonly refusals: PerKind<Refusal | null>;
  readonly heldUntil: number;
  readonly workers: readonly LeasedWorker[];
  readonly withheld: readonly Withheld[];
}

/** The answer of the query. */
export interface LimitsView {
  readonly account: string;
  /** As set by configuration and live change. */
  readonly limits: AccountLimitValues;
  /** Lower than the limits for a while after a 429. */
  readonly now: PerKind<number | null>;
  readonly change: LimitsChange | null;
  readonly changes: readonly ChangeRecord[];
  readonly refusals: PerKind<Refusal | null>;
  readonly workers: readonly { workerId: string; host: string; share: PerKind<number>; demand: PerKind<number> }[];
}

export interface LeaseInput {
  readonly account: string;
  readonly workerId: string;
  /** Grants of an earlier version belong to a lease that was lost. */
  readonly since: number;
}

/** Heartbeat details of a lease: what `ferry limit` shows as use. */
export interface LeaseUse {
  readonly workerId: string;
  readonly inFlight: PerKind<number>;
  readonly waiting: PerKind<number>;
}

export interface SetShareInput {
  readonly account: string;
  readonly workerId: string;
  readonly grant: LimitGrant;
}

export interface ShareTaken {
  /** The requests that the worker still has under way beyond its share. */
  readonly held: PerKind<number>;
}

/** On the queue of one worker process. */
export interface LeaseActivities {
  /** Holds the lease for as long as the worker needs it. */
  readonly holdLease: (input: LeaseInput) => Promise<{ readonly left: string }>;
  readonly setShare: (input: SetShareInput) => Promise<ShareTaken>;
}

export const LEASE_RESULTS: Shapes<LeaseActivities> = {
  holdLease: { left: 'text' },
  setShare: { held: 'object' },
};
