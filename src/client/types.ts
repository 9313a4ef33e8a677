import type { JobClient } from './jobs/types';
import type { Schedules } from './schedule-types';
import type {
  Asked,
  ChangeRequest,
  CommandGiven,
  LeaseUse,
  LimitsView,
  Receipt,
  SendChoices,
  Step,
  TransferError,
  TransferState,
  Urgency,
} from '../contract';

export type * from './jobs/types';
export type {
  NewSchedule,
  ScheduleChanges,
  ScheduleRun,
  Schedules,
  ScheduleStatus,
  ScheduleTimes,
} from './schedule-types';

/** `send`: a file into a conversation. `fetch`: a file out of storage; it publishes nothing. */
export type TransferKind = 'send' | 'fetch';

/** The status of a transfer, as `ferry status` prints it and every event contains it. */
export interface TransferStatus extends Asked {
  readonly transferId: string;
  readonly kind: TransferKind;
  /** `done`, `failed` and `cancelled` are ends. `waiting` heals by itself; `parked` needs a person. */
  readonly state: TransferState;
  /** The present step, or the step in which the transfer ended. */
  readonly step: Step;
  /** Name of the account in ferry.toml. */
  readonly account: string;
  /** Absolute path of the file on its host; for a fetch, the relativePath in storage. */
  readonly source: string;
  /** Null until the file has been inspected. */
  readonly sizeBytes: number | null;
  /** Bytes of the file that were moved in the present direction: sent, or fetched in the last step. */
  readonly bytesDone: number;
  /** Attempt of the present step, from 1. */
  readonly attempt: number;
  /** Number of renewed upload and download links. A renewal does not count as a failed attempt. */
  readonly urlRenewals: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** ISO 8601; the time of the next attempt, null when the transfer does not wait for a time. */
  readonly nextTryAt: string | null;
  /** Why the transfer waits, is parked or ended without success; null otherwise. */
  readonly error: TransferError | null;
  /** Present when the message is published and the transfer has ended. Rows of done transfers in `list` leave it out. */
  readonly receipt: Receipt | null;
  /** True when no worker answered, so that the status has only the facts that the server of Temporal knows. */
  readonly stale: boolean;
  /** ISO 8601; since when the transfer is waiting, paused or parked; absent when unknown. */
  readonly heldSince?: string;
  /** Whether the message is in the conversation; absent when unknown, and for a fetch. */
  readonly published?: boolean;
  /** What the running attempt waits for, for example a byte slot; absent when it does not wait. */
  readonly waitingFor?: string;
  /** The last command that a person gave since the start; absent when there was none. */
  readonly lastCommand?: CommandGiven;
  /** `ledger`: Temporal does not keep the history any more, so the ledger of this host tells. Absent: from Temporal. */
  readonly from?: 'ledger';
  /** Notes that are not errors, for example "photo.jpg is a PNG; sent as PNG"; absent when there are none. */
  readonly notes?: readonly string[];
}

/** What needs the seal keys of the workers. */
export interface SealKeyUse {
  /** By the id of a key: the number of consumers whose token is sealed with it. */
  readonly consumers: Readonly<Record<string, number>>;
  /** Number of consumers whose workflow did not answer. */
  readonly unanswered: number;
  /** Hosts with a worker. The keys of these workers are not known. */
  readonly hosts: readonly string[];
}

/** A file to send. Equal requests (same file, unchanged, to the same place) are one transfer. */
export interface TransferRequest extends Partial<SendChoices>, Asked {
  /** Path on this machine (relative to the working directory), or an absolute path on `host`. */
  readonly file: string;
  /** Name of the account in the worker's ferry.toml. */
  readonly account: string;
  /** Name of the consumer to speak as. */
  readonly consumer: string;
  /** An open conversation to use. @default the consumer's open one, or a new one */
  readonly conversationId?: string;
  /** Directory to fetch the file back into, on the same host. @default the file is not fetched back */
  readonly fetchTo?: string;
  /** Fetch the file back to compare digests, and keep nothing. @default false */
  readonly verify?: boolean;
  /** Id of the host that has the file. @default this machine's */
  readonly host?: string;
  /** The transfer's id. @default one made from the request, so that an equal request finds the same transfer */
  readonly id?: string;
  /** Appended to the id of the request, to send a file once more. Choose a random text. */
  readonly again?: string;
  /**
   * Milliseconds after which the transfer parks with DEADLINE_PASSED. Time spent paused or parked does not count.
   * @default seven days
   */
  readonly deadlineMs?: number;
  /**
   * `followed`: somebody waits for this file, so its tasks go before those of `many`.
   * @default 'many'
   */
  readonly urgency?: Urgency;
}

/** The limits of an account, who has leased what, and who changed what. */
export interface LimitsStatus extends Omit<LimitsView, 'workers'> {
  readonly workers: readonly (LimitsView['workers'][number] & {
    /** From the last heartbeat, at most 2 s ago; null before the first heartbeat. */
    readonly use: LeaseUse | null;
  })[];
}

export interface StartedTransfer {
  readonly transferId: string;
  /** True when this call attached to a transfer of an equal request, which runs or is done. */
  readonly repeated: boolean;
}

/** The change since the previous event. `retry`: an attempt failed and another follows. `end`: the last event. */
export type TransferEventKind = 'state' | 'step' | 'progress' | 'renewal' | 'retry' | 'end';

export interface TransferEvent {
  readonly type: 'event';
  readonly v: 1;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: TransferEventKind;
  readonly transferId: string;
  readonly status: TransferStatus;
}

/** How a transfer ended. */
export interface TransferOutcome {
  readonly state: 'done' | 'failed' | 'cancelled';
  /** Present when the message was published (for a fetch: the file was fetched), also after a later failure. */
  readonly receipt: Receipt | null;
  /** Null when the transfer is done. */
  readonly error: TransferError | null;
}

/** How a command reached its transfer. */
export interface CommandOutcome {
  /** `later`: no worker answered. Temporal keeps the command, and a worker carries it out later if it is still possible. */
  readonly taken: 'now' | 'later';
}

export interface ListFilter {
  /** @default every state */
  readonly states?: readonly TransferState[];
  /** @default every account */
  readonly account?: string;
  /** Only transfers that were started within this many milliseconds. */
  readonly sinceMs?: number;
  /** @default 50 */
  readonly limit?: number;
  /** Include the receipts of done transfers. @default false */
  readonly receipts?: boolean;
}

/** A file to fetch out of storage. */
export interface FetchRequest extends Asked {
  /** The id of a transfer that has ended (or a unique prefix of it), or a relativePath. */
  readonly what: string;
  /** File to write, or an existing directory to write it into. An existing file is never overwritten. */
  readonly to: string;
  /** Required with a relativePath. @default the transfer's */
  readonly account?: string;
  /** Required with a relativePath. @default the transfer's */
  readonly consumer?: string;
  /** Id of the host to write on; `to` must then be absolute. @default this machine's */
  readonly host?: string;
  /** As in {@link TransferRequest}. @default seven days */
  readonly deadlineMs?: number;
  /**
   * `followed`: somebody waits for this file, so its tasks go before those of `many`.
   * @default 'many'
   */
  readonly urgency?: Urgency;
}

/** A conversation as a receipt names it. */
export interface ConversationOf {
  readonly account: string;
  readonly consumer: string;
  readonly conversationId: string;
}

/** Transfers as Temporal lists them, a few seconds old. */
export interface TransferCounts {
  readonly states: Readonly<Record<TransferState, number>>;
  /** Parked transfers by the code of their error, of the newest 1,000. */
  readonly parked: readonly { readonly account: string; readonly code: string; readonly count: number }[];
}

export interface Health {
  /** With `reachable` false the rest is empty. */
  readonly temporal: { readonly address: string; readonly namespace: string; readonly reachable: boolean };
  /** Ids of the hosts whose queues a worker polls right now. */
  readonly hosts: readonly string[];
  /** Number of workers that poll the shared queue. Without such a worker no transfer proceeds. */
  readonly workflowWorkers: number;
  /** Transfers by state; a state without any is left out. */
  readonly counts: Readonly<Partial<Record<TransferState, number>>>;
}

/**
 * Start, watch and steer transfers. Every method rejects with a FerryError whose `code` names the reason, and with
 * TEMPORAL_UNREACHABLE within 5 s when the server does not answer. A `transferId` is a whole id; `resolveId` completes a
 * prefix.
 */
export interface FerryClient {
  /**
   * Starts a transfer, or attaches to an equal transfer that runs or is done. Resolves when Temporal has stored the
   * transfer, long before the file is sent.
   *
   * @throws {FerryError} USAGE, CAPTION_TOO_LONG, SOURCE_MISSING, SOURCE_UNREADABLE, NOT_A_FILE, NOT_CONFIGURED
   */
  start(request: TransferRequest): Promise<StartedTransfer>;
  /**
   * Starts the fetch of a transfer's file, or of a relativePath. Resolves with the id of the fetch.
   *
   * @throws {FerryError} USAGE, UNTRUSTED_HOST, PATH_NOT_ALLOWED, OBJECT_MISSING, TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS
   */
  fetch(request: FetchRequest): Promise<StartedTransfer>;
  /** The full id of a prefix that only one transfer has. TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS. */
  resolveId(prefix: string): Promise<string>;
  /** The present status of a transfer. TRANSFER_UNKNOWN. */
  status(transferId: string): Promise<TransferStatus>;
  /** The present status of the transfer whose id has this prefix. TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS. */
  find(prefix: string): Promise<TransferStatus>;
  /** Newest first. Rows of done transfers have no receipt: `status` gives it. */
  list(filter: ListFilter): Promise<readonly TransferStatus[]>;
  /**
   * Follows a transfer until the event of kind `end`, or until the signal fires, which is not an error. While Temporal is
   * away the iterator yields nothing and keeps trying.
   *
   * @param options `intervalMs`: pause between two looks, longer when many transfers are watched; @default 500
   * @throws {FerryError} TRANSFER_UNKNOWN
   */
  watch(
    transferId: string,
    options?: { readonly signal?: AbortSignal; readonly intervalMs?: number },
  ): AsyncIterable<TransferEvent>;
  /** Waits for the end, also during outages of Temporal. Rejects with the reason of the signal. TRANSFER_UNKNOWN. */
  result(transferId: string, signal?: AbortSignal): Promise<TransferOutcome>;
  /** Kept by Temporal at once; takes effect when a worker serves the transfer. TRANSFER_UNKNOWN, TRANSFER_CLOSED. */
  cancel(transferId: string, asked?: Asked): Promise<void>;
  /** Stops moving bytes within 2 s and keeps the progress. TRANSFER_UNKNOWN, TRANSFER_CLOSED, COMMAND_IMPOSSIBLE. */
  pause(transferId: string, asked?: Asked): Promise<CommandOutcome>;
  /** Continues a paused transfer. TRANSFER_UNKNOWN, TRANSFER_CLOSED, COMMAND_IMPOSSIBLE. */
  resume(transferId: string, asked?: Asked): Promise<CommandOutcome>;
  /**
   * Continues a parked transfer at the step in which it parked; with `host`, on another host that has the same source.
   * TRANSFER_UNKNOWN, TRANSFER_CLOSED, COMMAND_IMPOSSIBLE.
   */
  retry(transferId: string, options?: Asked & { readonly host?: string }): Promise<CommandOutcome>;
  /** Many files as one unit of work. */
  readonly jobs: JobClient;
  readonly schedules: Schedules;
  /** Whether a conversation is open now; null when this is not known within two seconds. */
  conversationIsOpen(of: ConversationOf): Promise<boolean | null>;
  /** True when a worker polls the queues of this host. */
  hasWorker(host: string): Promise<boolean>;
  /** Null when no worker has needed limits for the account and nobody has changed them. */
  limits(account: string): Promise<LimitsStatus | null>;
  /**
   * Changes the limits of an account live, for all workers. Null when no worker answered: the next worker applies the
   * change.
   */
  changeLimits(account: string, request: ChangeRequest): Promise<LimitsView | null>;
  /** Does not reject when Temporal is away; the result says so. */
  health(): Promise<Health>;
  /** Cheaper than `health`: asks no worker, so transfers that wait between attempts count as running. */
  counts(): Promise<TransferCounts>;
  /** Asks the workflow of every consumer which seal key its token needs, and which hosts have workers. */
  sealKeyUse(): Promise<SealKeyUse>;
  /** Closes the connection to Temporal. Transfers go on. */
  close(): Promise<void>;
}
