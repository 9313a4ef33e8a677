/**
 * Names and types at the door of the workflows: everything that the client, the worker and the activities agree on.
 * Pure data, importable from workflow code, the client and tests; it must never import anything but types.
 *
 * Words: a *transfer* is one file's way through all its *steps*; an *attempt* is one try of an activity; a *renewal* is
 * asking for a signed URL again and is never a failed attempt; a *receipt* is the result of a transfer.
 */
import type { ErrorCode } from '../errors/table';

// ---------------------------------------------------------------- names

/** Workflows, and the activities that any worker can run: enable, open, request-*-url. */
export const SHARED_QUEUE = 'ferry';

/**
 * What consumer workflows do: tokens and conversations, by any worker. Not on `ferry`: there attempts wait for the answer
 * of a consumer workflow, and with all slots taken by those that wait, what they wait for would never get one.
 */
export const CONSUMER_QUEUE = 'ferry-consumer';

/** Short activities that need the host's files: inspect, publish (for the preview). */
export function hostQueue(host: string): string {
  return `ferry-host.${host}`;
}

/** Activities that move bytes on a host: upload, fetch. */
export function ioQueue(host: string): string {
  return `ferry-io.${host}`;
}

export const WORKFLOW = { transfer: 'transfer', fetch: 'fetchFile', consumer: 'consumer' } as const;

/** One entity workflow a consumer: it holds the sealed token and the open conversation. */
export function consumerWorkflowId(account: string, consumer: string): string {
  return `ferry-consumer/${account}/${consumer}`;
}

/** Search attributes, all of type Keyword. The engine registers them; a cluster needs them once (docs). */
export const SEARCH_ATTRIBUTES = {
  account: 'FerryAccount',
  consumer: 'FerryConsumer',
  state: 'FerryState',
  step: 'FerryStep',
  conversation: 'FerryConversation',
  batch: 'FerryBatch',
} as const;

/** Query of a transfer or fetch: its exact state as the workflow knows it, as a {@link WorkflowView}. */
export const VIEW_QUERY = 'view';

/**
 * Commands to a transfer or fetch. Each is an update (validated before it enters history) and a signal of the same name
 * and meaning (durable, applied if still valid) for when no worker answers.
 */
export const COMMAND = { pause: 'pause', resume: 'resume', retry: 'retry' } as const;
export type CommandName = keyof typeof COMMAND;

/** Memo field with the last {@link TransferError} that parked a transfer: readable in a list, and without a worker. */
export const PARKED_MEMO = 'parked';

/** Updates of the consumer workflow. */
export const CONSUMER_UPDATE = { open: 'open', renewToken: 'renewToken', look: 'look' } as const;

/** Of the update `look`: is this conversation of the consumer open? */
export type LookRequest = { readonly conversationId: string };

/** Null: nobody can say without a sign-up or a renewal of the token, which a look is not worth. */
export interface LookAnswer {
  readonly open: boolean | null;
}

/** The namespace that Ferry makes for itself on the embedded server. */
export const EMBEDDED_NAMESPACE = 'ferry';

/** Of a caption, in characters (Unicode code points). LivePerson states no limit; a caption is a line under a picture. */
export const LONGEST_CAPTION = 1000;

/** How long closed workflows are kept, and so how long a repeated send is recognised. */
export const RETENTION_DAYS = 30;

// ---------------------------------------------------------------- words

export const STEPS = [
  'inspect',
  'enable',
  'open',
  'request-upload-url',
  'upload',
  'publish',
  'request-download-url',
  'fetch',
] as const;
export type Step = (typeof STEPS)[number];

/**
 * `waiting`: for something that heals by itself (an outage, a host, a slot). `paused`: a person stopped it. `parked`:
 * stopped until a person acts. The last three are ends.
 */
export type TransferState = 'running' | 'waiting' | 'paused' | 'parked' | 'done' | 'failed' | 'cancelled';

// ---------------------------------------------------------------- input and result

/** Where the bytes come from. Size, mtime and inode are what the sender saw; null where it could not look (another host). */
export interface SourceRef {
  /** Absolute, symbolic links resolved (as the sender saw it). */
  readonly path: string;
  readonly sizeBytes: number | null;
  /** Modification time, milliseconds since the epoch, with fraction. */
  readonly mtimeMs: number | null;
  readonly inode: number | null;
}

export interface TransferInput {
  /** Also the workflow id. */
  readonly transferId: string;
  readonly account: string;
  readonly consumer: string;
  /** Host id whose queues move the bytes. */
  readonly host: string;
  readonly source: SourceRef;
  /** A conversation to use; null: the consumer's open one, or a new one. */
  readonly conversationId: string | null;
  /** At most {@link LONGEST_CAPTION} characters; may be empty. */
  readonly caption: string;
  /** Absolute directory on the same host to fetch the file back into; null: do not. */
  readonly fetchTo: string | null;
  /** Fetch the file back only to compare digests, keep nothing. Implied by fetchTo. */
  readonly verify: boolean;
  /** Milliseconds, pauses and parkings not counted, after which the transfer parks with DEADLINE_PASSED. */
  readonly deadlineMs: number;
}

/** What comes with a command: of a person, through the client. */
export interface Command {
  /** One for each command given: an update that arrives after its own signal is not applied a second time. */
  readonly commandId: string;
  /** `retry` only: go on with this host's copy of the source, once it has been compared. */
  readonly host?: string;
}

/** What an accepted command has made of the transfer. */
export interface CommandAnswer {
  readonly state: TransferState;
  readonly step: Step;
}

/** `ferry fetch`: steps 6 and 7 alone. */
export interface FetchInput {
  readonly transferId: string;
  readonly account: string;
  readonly consumer: string;
  readonly host: string;
  readonly relativePath: string;
  /** Absolute path of the file to write. */
  readonly target: string;
  /** What the file must be, when known from a receipt. */
  readonly expected: { readonly sizeBytes: number; readonly md5: string } | null;
  /** The receipt of the transfer whose file is fetched; null when only a relativePath is known. */
  readonly of: Receipt | null;
  readonly deadlineMs: number;
}

/** The result of a transfer: what went where. */
export interface Receipt {
  readonly transferId: string;
  readonly source: string;
  readonly host: string;
  readonly account: string;
  readonly consumer: string;
  readonly conversationId: string | null;
  readonly dialogId: string | null;
  readonly relativePath: string;
  /** Sequence of the hosted/file message in its dialog. */
  readonly sequence: number | null;
  readonly caption: string;
  /** LivePerson's upper-case file type: JPG, JPEG, PNG, GIF, PDF ... */
  readonly fileType: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly md5: string;
  /** Lower-case hex; null until there is one. */
  readonly sha256: string | null;
  /** Absolute path that the file was fetched back to, on `host`; null when it was not. */
  readonly fetchedTo: string | null;
  readonly urlRenewals: number;
  /** Bytes of file content put on the wire, all attempts together. */
  readonly bytesSent: number;
  /** Bytes of file content taken from the wire, all attempts together. */
  readonly bytesFetched: number;
  /** True when an earlier, equal send had done this already. The workflow says false; the client sets it. */
  readonly repeated: boolean;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** An error as data. Match on `code`, never on `message`. */
export interface TransferError {
  /** A row of the error table. */
  readonly code: ErrorCode;
  /** What happened and to what, as a sentence for people; holds no secret. */
  readonly message: string;
  /** What a person can do about it. */
  readonly remedy: string;
}

/**
 * What a transfer workflow returns. Before the first publish attempt a failure closes the workflow as failed instead;
 * from then on it closes only as completed, and `error` says what failed or was cancelled afterwards.
 */
export interface TransferResult {
  readonly state: 'done' | 'failed' | 'cancelled';
  /** Present whenever the message was published (or, for a fetch, the file fetched). */
  readonly receipt: Receipt | null;
  readonly error: TransferError | null;
}

/** The exact state as the workflow knows it; attempts and bytes come from the server's pending activities. */
export interface WorkflowView {
  readonly transferId: string;
  readonly state: TransferState;
  readonly step: Step;
  readonly account: string;
  readonly consumer: string;
  readonly host: string;
  readonly source: string;
  readonly sizeBytes: number | null;
  readonly conversationId: string | null;
  readonly sequence: number | null;
  readonly published: boolean;
  readonly urlRenewals: number;
  readonly startedAt: string;
  /** When a durable timer of the workflow ends; null when none runs. */
  readonly nextTryAt: string | null;
  /** Why it waits, when the workflow itself waits. */
  readonly error: TransferError | null;
  /** When `state` became what it is. */
  readonly stateSince?: string;
  /** Things worth saying that are no errors, e.g. "photo.jpg is a PNG; sent as PNG". */
  readonly notes: readonly string[];
}

/** Heartbeat details of upload and fetch: a hint for people, and identity for the next attempt. Never a secret. */
export interface ProgressDetails {
  readonly bytesDone: number;
  readonly sizeBytes: number;
  /** Renewals made inside this activity so far. */
  readonly urlRenewals: number;
  readonly relativePath: string | null;
  /** Bytes sent or fetched by all attempts of this activity so far. */
  readonly bytesMoved: number;
  /** Bytes that the call under way has moved and that are not in `bytesMoved` yet. */
  readonly bytesUnderWay: number;
  /** ISO 8601: when the attempts began to fail of which this is the last; written as an attempt fails. */
  readonly failingSince?: string;
  /** Set while the activity waits inside itself, e.g. for a byte slot or a fresh URL. */
  readonly waitingFor: string | null;
}

// ---------------------------------------------------------------- activities

/** A value sealed for one purpose and one owner; opaque outside the activities. */
export type Sealed = string;

export interface SealedUrl {
  readonly relativePath: string;
  /** Seals the storage origin and the signed query. */
  readonly sealed: Sealed;
  /** Unix seconds, on the storage's clock. */
  readonly expiresAt: number;
}

export interface Inspection {
  readonly source: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
  readonly fileType: string;
  readonly notes: readonly string[];
}

export interface Opened {
  readonly conversationId: string;
  readonly dialogId: string;
  /** The consumer's own id (`sub` of its token); equals originatorId of its messages. */
  readonly consumerId: string;
}

export interface UploadResult {
  readonly relativePath: string;
  readonly md5: string;
  readonly sha256: string | null;
  readonly urlRenewals: number;
  readonly bytesSent: number;
}

export interface PublishResult {
  readonly sequence: number;
  /** The conversation that the message went into; differs from the one asked for when that had been closed meanwhile. */
  readonly conversationId: string;
  readonly dialogId: string;
}

export interface FetchResult {
  readonly fetchedTo: string | null;
  readonly sizeBytes: number;
  readonly md5: string;
  readonly sha256: string | null;
  readonly urlRenewals: number;
  readonly bytesFetched: number;
}

/** Who is meant: every activity that talks to LivePerson gets this. */
export interface Identity {
  readonly account: string;
  readonly consumer: string;
}
