import type { Receipt, Step, TransferError, TransferState } from '../workflows/contract';

/** What `ferry status` prints, and what every event carries. */
export interface TransferStatus {
  readonly transferId: string;
  readonly state: TransferState;
  readonly step: Step;
  readonly account: string;
  readonly source: string;
  readonly sizeBytes: number | null;
  readonly bytesDone: number;
  /** Attempt of the present step, from 1. */
  readonly attempt: number;
  readonly urlRenewals: number;
  readonly startedAt: string;
  /** ISO 8601; when Ferry tries again, null when it is not waiting for a time. */
  readonly nextTryAt: string | null;
  readonly error: TransferError | null;
  readonly receipt: Receipt | null;
  /** True when no worker answered and this is what the server alone knows. */
  readonly stale: boolean;
  /** ISO 8601; since when it is waiting, paused or parked, where somebody knows. */
  readonly heldSince?: string;
  /** Whether its message is in the conversation, where somebody knows; absent for a fetch. */
  readonly published?: boolean;
  /** What the running attempt itself waits for, e.g. a byte slot; absent when it waits for nothing. */
  readonly waitingFor?: string;
  /** Things worth saying that are no errors, e.g. "photo.jpg is a PNG; sent as PNG"; absent when there are none. */
  readonly notes?: readonly string[];
}

export interface TransferRequest {
  /** Path on this machine, or on `host`. */
  readonly file: string;
  readonly account: string;
  readonly consumer: string;
  readonly conversationId?: string;
  readonly caption?: string;
  /** Directory to fetch the file back into. */
  readonly fetchTo?: string;
  readonly verify?: boolean;
  /** Host id; @default this machine's */
  readonly host?: string;
  /** The id to use, instead of the one made from the request. */
  readonly id?: string;
  /** One random suffix for the ids of one `--again` invocation. */
  readonly again?: string;
  readonly deadlineMs?: number;
}

export interface StartedTransfer {
  readonly transferId: string;
  /** True when an equal send had been started before (running or done): this one attached to it. */
  readonly repeated: boolean;
}

export type TransferEventKind = 'state' | 'step' | 'progress' | 'renewal' | 'retry' | 'end';

export interface TransferEvent {
  readonly type: 'event';
  readonly v: 1;
  readonly at: string;
  readonly kind: TransferEventKind;
  readonly transferId: string;
  readonly status: TransferStatus;
}

/** How a transfer ended. */
export interface TransferOutcome {
  readonly state: 'done' | 'failed' | 'cancelled';
  readonly receipt: Receipt | null;
  readonly error: TransferError | null;
}

/** How a command reached its transfer. */
export interface CommandOutcome {
  /** `later`: no worker answered; Temporal keeps the command, and it is obeyed when one does, if it still can be. */
  readonly taken: 'now' | 'later';
}

export interface ListFilter {
  readonly states?: readonly TransferState[];
  readonly account?: string;
  /** Only what was started within this many milliseconds. */
  readonly sinceMs?: number;
  /** @default 50 */
  readonly limit?: number;
}

export interface FetchRequest {
  /** A transfer id (or unique prefix), or a relativePath. */
  readonly what: string;
  /** File or existing directory to write to. */
  readonly to: string;
  readonly account?: string;
  readonly consumer?: string;
  readonly host?: string;
  readonly deadlineMs?: number;
}

export interface ConversationOf {
  readonly account: string;
  readonly consumer: string;
  readonly conversationId: string;
}

export interface Health {
  readonly temporal: { readonly address: string; readonly namespace: string; readonly reachable: boolean };
  /** Host ids that have a worker polling right now, and the shared queue. */
  readonly hosts: readonly string[];
  readonly workflowWorkers: number;
  readonly counts: Readonly<Partial<Record<TransferState, number>>>;
}

/** Start, watch and steer transfers. Throws FerryError; TEMPORAL_UNREACHABLE within 5 s when there is no server. */
export interface FerryClient {
  start(request: TransferRequest): Promise<StartedTransfer>;
  fetch(request: FetchRequest): Promise<StartedTransfer>;
  /** Full id of a unique prefix. TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS. */
  resolveId(prefix: string): Promise<string>;
  status(transferId: string): Promise<TransferStatus>;
  list(filter: ListFilter): Promise<readonly TransferStatus[]>;
  /** Ends after the event of kind `end`. */
  watch(
    transferId: string,
    options?: { readonly signal?: AbortSignal; readonly intervalMs?: number },
  ): AsyncIterable<TransferEvent>;
  result(transferId: string, signal?: AbortSignal): Promise<TransferOutcome>;
  /** Kept by Temporal at once; takes effect when a worker serves the transfer. TRANSFER_UNKNOWN, TRANSFER_CLOSED. */
  cancel(transferId: string): Promise<void>;
  /** Stops moving bytes within 2 s and keeps what there is. As `resume` and `retry`: COMMAND_IMPOSSIBLE, and as `cancel`. */
  pause(transferId: string): Promise<CommandOutcome>;
  resume(transferId: string): Promise<CommandOutcome>;
  /** Goes on with a parked transfer where it stood; with `host`, on another host that has the same source. */
  retry(transferId: string, options?: { readonly host?: string }): Promise<CommandOutcome>;
  /** Of a conversation that a receipt names, as of now; null when nobody can say within two seconds. */
  conversationIsOpen(of: ConversationOf): Promise<boolean | null>;
  /** True when a worker polls the queues of this host. */
  hasWorker(host: string): Promise<boolean>;
  health(): Promise<Health>;
  close(): Promise<void>;
}
