import type { Receipt, Step, TransferError, TransferState } from '../contract';

/** `send`: a file into a conversation. `fetch`: a file out of storage; it publishes nothing. */
export type TransferKind = 'send' | 'fetch';

/** Where a transfer stands: what `ferry status` prints, and what every event carries. */
export interface TransferStatus {
  readonly transferId: string;
  readonly kind: TransferKind;
  /** `done`, `failed` and `cancelled` are ends. `waiting` heals by itself; `parked` needs a person. */
  readonly state: TransferState;
  /** The step that it is in, or ended in. */
  readonly step: Step;
  /** Name of the account in ferry.toml. */
  readonly account: string;
  /** Absolute path of the file on its host; of a fetch, the relativePath in storage. */
  readonly source: string;
  /** Null while nobody has looked at the file yet. */
  readonly sizeBytes: number | null;
  /** How much of the file has been moved in the direction of the present step (up, then perhaps back). */
  readonly bytesDone: number;
  /** Attempt of the present step, from 1. */
  readonly attempt: number;
  /** How often an upload or download link was asked for again; never counted as a failed attempt. */
  readonly urlRenewals: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** ISO 8601; when Ferry tries again, null when it is not waiting for a time. */
  readonly nextTryAt: string | null;
  /** Why it waits, is parked or has ended without success; null when all is well. */
  readonly error: TransferError | null;
  /** What went where, once the message is published and the transfer has ended. `list` leaves it out of done rows. */
  readonly receipt: Receipt | null;
  /** True when no worker answered and this is only what Temporal's server knows. */
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

/** A file to send. Equal requests (same file, unchanged, to the same place) are one transfer. */
export interface TransferRequest {
  /** Path on this machine (relative to the working directory), or an absolute path on `host`. */
  readonly file: string;
  /** Name of the account in the worker's ferry.toml. */
  readonly account: string;
  /** Name of the consumer to speak as. */
  readonly consumer: string;
  /** An open conversation to use. @default the consumer's open one, or a new one */
  readonly conversationId?: string;
  /** At most 1,000 characters. @default '' */
  readonly caption?: string;
  /** Directory to fetch the file back into, on the same host. @default the file is not fetched back */
  readonly fetchTo?: string;
  /** Fetch the file back to compare digests, and keep nothing. @default false */
  readonly verify?: boolean;
  /** Send the file as this type (JPG, PNG, PDF, TXT ...), whatever its content looks like. @default told by the content */
  readonly sendAs?: string;
  /** Id of the host that has the file. @default this machine's */
  readonly host?: string;
  /** The transfer's id. @default one made from the request, so that an equal request finds the same transfer */
  readonly id?: string;
  /** Appended to the id made from the request, to send once more what was sent already. Choose it at random. */
  readonly again?: string;
  /**
   * Milliseconds after which the transfer parks with DEADLINE_PASSED. Time spent paused or parked does not count.
   * @default seven days
   */
  readonly deadlineMs?: number;
}

export interface StartedTransfer {
  readonly transferId: string;
  /** True when an equal request had been started before: this call attached to that transfer, running or done. */
  readonly repeated: boolean;
}

/** What has changed since the event before. `retry`: an attempt failed, and the next follows. `end`: the last event. */
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
  /** Present whenever the message was published (of a fetch: the file fetched), also when something failed afterwards. */
  readonly receipt: Receipt | null;
  /** Null when it is done. */
  readonly error: TransferError | null;
}

/** How a command reached its transfer. */
export interface CommandOutcome {
  /** `later`: no worker answered; Temporal keeps the command, and it is obeyed when one does, if it still can be. */
  readonly taken: 'now' | 'later';
}

export interface ListFilter {
  /** @default every state */
  readonly states?: readonly TransferState[];
  /** @default every account */
  readonly account?: string;
  /** Only what was started within this many milliseconds. */
  readonly sinceMs?: number;
  /** @default 50 */
  readonly limit?: number;
  /** Give the receipts of those that are done as well. @default false */
  readonly receipts?: boolean;
}

/** A file to fetch out of storage. */
export interface FetchRequest {
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
}

/** A conversation as a receipt names it. */
export interface ConversationOf {
  readonly account: string;
  readonly consumer: string;
  readonly conversationId: string;
}

export interface Health {
  /** With `reachable` false the rest is empty. */
  readonly temporal: { readonly address: string; readonly namespace: string; readonly reachable: boolean };
  /** Ids of the hosts whose queues a worker polls right now. */
  readonly hosts: readonly string[];
  /** How many workers poll the queue that all share; with none, no transfer moves. */
  readonly workflowWorkers: number;
  /** Transfers by state; a state without any is left out. */
  readonly counts: Readonly<Partial<Record<TransferState, number>>>;
}

/**
 * Start, watch and steer transfers. Every method rejects with a FerryError whose `code` tells why; with
 * TEMPORAL_UNREACHABLE within 5 s when the server does not answer. Where a transferId is asked for, it is the whole id:
 * `resolveId` makes one of a prefix.
 */
export interface FerryClient {
  /**
   * Starts a transfer, or attaches to an equal one that runs or is done. Resolves when Temporal has it, long before the
   * file is sent. USAGE, CAPTION_TOO_LONG, SOURCE_MISSING, SOURCE_UNREADABLE, NOT_A_FILE, NOT_CONFIGURED.
   */
  start(request: TransferRequest): Promise<StartedTransfer>;
  /**
   * Starts the fetch of a transfer's file, or of a relativePath; the returned id is the fetch's own.
   * USAGE, UNTRUSTED_HOST, PATH_NOT_ALLOWED, OBJECT_MISSING, TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS.
   */
  fetch(request: FetchRequest): Promise<StartedTransfer>;
  /** The full id of a prefix that only one transfer has. TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS. */
  resolveId(prefix: string): Promise<string>;
  /** Where a transfer stands now. TRANSFER_UNKNOWN. */
  status(transferId: string): Promise<TransferStatus>;
  /** Where the transfer stands whose id has this prefix. TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS. */
  find(prefix: string): Promise<TransferStatus>;
  /** Newest first. Rows of done transfers have no receipt: `status` gives it. */
  list(filter: ListFilter): Promise<readonly TransferStatus[]>;
  /**
   * Follows a transfer. Ends after the event of kind `end`, or early and without an error when the signal fires. While
   * Temporal is away it yields nothing and keeps trying. TRANSFER_UNKNOWN.
   *
   * @param options `intervalMs`: how often to look, more seldom when many are watched; @default 500
   */
  watch(
    transferId: string,
    options?: { readonly signal?: AbortSignal; readonly intervalMs?: number },
  ): AsyncIterable<TransferEvent>;
  /** Waits for the end, over outages of Temporal too. Rejects with the signal's reason when it fires. TRANSFER_UNKNOWN. */
  result(transferId: string, signal?: AbortSignal): Promise<TransferOutcome>;
  /** Kept by Temporal at once; takes effect when a worker serves the transfer. TRANSFER_UNKNOWN, TRANSFER_CLOSED. */
  cancel(transferId: string): Promise<void>;
  /** Stops moving bytes within 2 s and keeps what there is. TRANSFER_UNKNOWN, TRANSFER_CLOSED, COMMAND_IMPOSSIBLE. */
  pause(transferId: string): Promise<CommandOutcome>;
  /** Goes on with a paused transfer. TRANSFER_UNKNOWN, TRANSFER_CLOSED, COMMAND_IMPOSSIBLE. */
  resume(transferId: string): Promise<CommandOutcome>;
  /**
   * Goes on with a parked transfer where it stood; with `host`, on another host that has the same source.
   * TRANSFER_UNKNOWN, TRANSFER_CLOSED, COMMAND_IMPOSSIBLE.
   */
  retry(transferId: string, options?: { readonly host?: string }): Promise<CommandOutcome>;
  /** Whether a conversation is open now; null when nobody can say within two seconds. */
  conversationIsOpen(of: ConversationOf): Promise<boolean | null>;
  /** True when a worker polls the queues of this host. */
  hasWorker(host: string): Promise<boolean>;
  /** Does not reject when Temporal is away: that is an answer too. */
  health(): Promise<Health>;
  /** Closes the connection to Temporal. Transfers go on. */
  close(): Promise<void>;
}
