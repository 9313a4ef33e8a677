/**
 * The activities that the workflows call. One object in, one object out: only this shape can grow without breaking the
 * histories of running transfers.
 */
import type { AuditEntry } from './audit';
import type { LeaseActivities } from './limits';
import type { ConsumerActivities, Sealed } from './consumer';
import type { JobHostActivities, JobIoActivities } from './job';
import type { ScheduleIoActivities } from './schedule';
import type { NoticeActivities } from './notice';
import type { Identity, Receipt, SendChoices, SourceRef } from './transfer';

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
  /** Set when this host knows that this transfer was published before. Then nothing is sent. */
  readonly alreadySent?: Receipt;
}

interface Opened {
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
  readonly conversationId: string;
  readonly dialogId: string;
  /** ISO 8601, by the clock of the host that published or found the message. */
  readonly publishedAt: string;
  /** False when the receipt could not be kept in time; then the workflow has it kept before the transfer closes. */
  readonly receiptKept: boolean;
  /** Set when an earlier run of the transfer published the file under another path: the receipt of that message. */
  readonly earlier?: Receipt;
}

/**
 * What is known of the frames of a publish: heartbeat details, and the first detail of its failures.
 * - `none`: no frame has left
 * - `refused`: the service answered the last frame with a refusal, and no earlier frame had an effect
 * - `unknown`: a message may exist
 */
export type PublishEffect = 'none' | 'refused' | 'unknown';

export interface PublishFacts extends Unsettled {
  readonly effect: PublishEffect;
  /** How many looks in a row were refused. */
  readonly refusedLooks: number;
}

/** Heartbeat details of `publishPage`, and the first detail of its failures: those of all its frames together. */
export interface PublishPageFacts extends PublishFacts {
  /** Lines of which a message may exist although no receipt says so. */
  readonly lines: readonly number[];
}

/** Of an attempt that may have asked the service for something and got no answer. */
export interface Unsettled {
  /** Unix milliseconds until which the service may still carry the request out; null: it will not. */
  readonly unsettledUntil: number | null;
  /** The same, in milliseconds from this report: clocks of two hosts may differ by minutes. Absent in 0.2.0-rc.1. */
  readonly settlesInMs?: number;
  /** The same time on the steady clock of the host; absent where the system has none. */
  readonly steadyUntil?: { readonly world: string; readonly ms: number };
}

/**
 * A service may carry out a request that it did not answer for this long. "It did not happen" is not believed sooner.
 */
export const SETTLE_MS = 60_000;

export interface FetchResult {
  readonly fetchedTo: string | null;
  readonly sizeBytes: number;
  readonly md5: string;
  readonly sha256: string | null;
  /** False when there was no MD5 to compare with. Absent in histories of earlier versions, where it was true. */
  readonly verified?: boolean;
  readonly urlRenewals: number;
  readonly bytesFetched: number;
}

export interface InspectInput extends Identity, SendChoices {
  readonly source: SourceRef;
  /** Checked here so that an occupied target is refused before anything is sent. */
  readonly fetchTo: string | null;
  /** As in {@link TransferInput}: what this host has sent under it is compared with the file. */
  readonly sendKey?: string | null;
  readonly sentBefore?: Receipt;
  /** On a host that takes over: what was uploaded from the other; SOURCE_CHANGED when this file is not the same. */
  readonly expectedMd5?: string;
  /** Put on record before anything else is done. Absent for a host that takes over, and in old histories. */
  readonly audit?: AuditEntry;
}

export interface EnableResult {
  /** Null when the property was read (and written if need be); else why the step was skipped. */
  readonly skipped: string | null;
}

export interface OpenInput extends Identity {
  readonly transferId: string;
  readonly conversationId: string | null;
  /** Conversations that turned out to be closed since; never answered again. */
  readonly closed: readonly string[];
  /** A conversation into which a publish was refused: answered again when it is still open, else replaced. */
  readonly doubted?: string;
}

export interface OpenedAt extends Opened {
  /** A sequence of this dialog that surely came before our message: a later look starts here. 0 when none is known. */
  readonly lastSequence: number;
}

export interface RequestUploadUrlInput extends Identity {
  readonly transferId: string;
  readonly sizeBytes: number;
  readonly fileType: string;
}

export interface RequestDownloadUrlInput extends Identity {
  readonly transferId: string;
  readonly relativePath: string;
}

export interface UploadInput extends Identity {
  readonly transferId: string;
  readonly file: Inspection;
  readonly url: SealedUrl;
  /** Where an earlier upload of this file was broken off: it may have landed, so look there before sending again. */
  readonly before?: string;
}

export interface PublishInput extends Identity, SendChoices {
  readonly transferId: string;
  readonly opened: OpenedAt;
  readonly file: Inspection;
  readonly relativePath: string;
  /** False only when no earlier publish of this relativePath into this conversation was ever scheduled. */
  readonly lookFirst: boolean;
  /** Only look whether the message is there; never send. */
  readonly lookOnly: boolean;
  /** Unix milliseconds before which a look that finds nothing proves nothing; null: it does at once. */
  readonly settledAt: number | null;
  /** True: nothing is known of the last attempt, and `settledAt` is the latest that it can be. */
  readonly isSettledAtGuessed?: boolean;
  /** `settledAt` in milliseconds from the scheduling, which depends on no clock. Absent from 0.2.0-rc.1. */
  readonly settlesInMs?: number | null;
  /** The fields of the receipt besides the message. */
  readonly receipt: ReceiptDraft;
  /** As in {@link TransferInput}: under it the receipt is found again. */
  readonly sendKey?: string | null;
}

/** A receipt without the fields that only the publish knows. */
export type ReceiptDraft = Omit<Receipt, 'conversationId' | 'dialogId' | 'sequence' | 'finishedAt'>;

export interface FetchActivityInput extends Identity {
  readonly transferId: string;
  readonly url: SealedUrl;
  /** Absolute path; null: compare digests only. */
  readonly target: string | null;
  readonly expected: { readonly sizeBytes: number; readonly md5: string } | null;
}

export interface DiscardPartInput {
  readonly account: string;
  /** Absolute path of the file whose fetch was given up. */
  readonly target: string;
}

export interface DigestSourceInput extends Identity {
  /** Absolute path on this host. */
  readonly path: string;
}

export interface KeepReceiptInput {
  readonly receipt: Receipt;
  /** Of the workflow execution: lines with the same one belong to one receipt, and the last of them counts. */
  readonly runId: string;
  /** As in {@link TransferInput}, and absent for a fetch. */
  readonly sendKey?: string | null;
}

export interface KeepAuditInput {
  readonly entries: readonly AuditEntry[];
}

/** On the shared queue: any worker can run them. */
export interface SharedActivities {
  readonly enable: (input: Identity) => Promise<EnableResult>;
  readonly open: (input: OpenInput) => Promise<OpenedAt>;
  readonly requestUploadUrl: (input: RequestUploadUrlInput) => Promise<SealedUrl>;
  readonly requestDownloadUrl: (input: RequestDownloadUrlInput) => Promise<SealedUrl>;
  /** Publishes without a preview, when the host's own worker does not pick up the task. */
  readonly publish: (input: PublishInput) => Promise<PublishResult | null>;
  /** For when the host's own worker does not pick it up. */
  readonly keepReceipt: (input: KeepReceiptInput) => Promise<void>;
  /** For when the host's own worker does not pick it up. */
  readonly keepAudit: (input: KeepAuditInput) => Promise<void>;
}

/** On the queue of the host that has the file: short. */
export interface HostActivities {
  readonly inspect: (input: InspectInput) => Promise<Inspection>;
  /** Null only with lookOnly: the message is not there. */
  readonly publish: (input: PublishInput) => Promise<PublishResult | null>;
  /** Keeps a receipt durably on this host, where publish could not, or where it has grown since. */
  readonly keepReceipt: (input: KeepReceiptInput) => Promise<void>;
  /** The md5 of a file as it lies there now, in lower-case hex. */
  readonly digestSource: (input: DigestSourceInput) => Promise<{ readonly md5: string }>;
  /** Puts on record what was asked of a transfer, durably on this host. */
  readonly keepAudit: (input: KeepAuditInput) => Promise<void>;
  /** Removes what a fetch that was given up has left beside its target. */
  readonly discardPart: (input: DiscardPartInput) => Promise<void>;
}

/** On the host's queue for moving bytes: long. */
export interface IoActivities {
  readonly upload: (input: UploadInput) => Promise<UploadResult>;
  readonly fetch: (input: FetchActivityInput) => Promise<FetchResult>;
}

export type Activities = SharedActivities &
  HostActivities &
  IoActivities &
  ConsumerActivities &
  LeaseActivities &
  JobHostActivities &
  JobIoActivities &
  ScheduleIoActivities &
  NoticeActivities;
export type ActivityName = keyof Activities;

type FieldKind = 'text' | 'number' | 'list' | 'object' | 'truth';

/** The required fields of a value and their kinds. Further fields are allowed. */
export type Shape = Readonly<Record<string, FieldKind | `${FieldKind} or null`>>;

/** The shapes of results, which workflows check before use; null: workflows do not use the result. */
export const RESULT_SHAPES: Readonly<Record<ActivityName, Shape | null>> = {
  inspect: { source: 'text', name: 'text', sizeBytes: 'number', fileType: 'text', notes: 'list' },
  enable: { skipped: 'text or null' },
  open: { conversationId: 'text', dialogId: 'text', consumerId: 'text', lastSequence: 'number' },
  requestUploadUrl: { relativePath: 'text', sealed: 'text', expiresAt: 'number' },
  upload: { relativePath: 'text', md5: 'text', urlRenewals: 'number', bytesSent: 'number' },
  publish: {
    sequence: 'number',
    conversationId: 'text',
    dialogId: 'text',
    publishedAt: 'text',
    receiptKept: 'truth',
  },
  requestDownloadUrl: { relativePath: 'text', sealed: 'text', expiresAt: 'number' },
  fetch: { sizeBytes: 'number', md5: 'text', urlRenewals: 'number', bytesFetched: 'number' },
  keepReceipt: null,
  digestSource: { md5: 'text' },
  keepAudit: null,
  tell: null,
  deliverNotice: { outcome: 'text', stopped: 'object or null' },
  discardPart: null,
  clerk: { pages: 'list', next: 'object or null', settled: 'object', bytesDone: 'number', reasons: 'list' },
  deliverPage: { opened: 'object or null', delivered: 'list', settled: 'list' },
  publishPage: { settled: 'list', left: 'list', opened: 'object' },
  fetchPage: { settled: 'list' },
  launch: {
    files: 'number',
    known: 'number',
    unsettled: 'number',
    refused: 'number',
    reasons: 'list',
    job: 'object or null',
    clears: 'truth',
  },
  clear: { cleared: 'number', left: 'number', reasons: 'list' },
  acquireToken: { sealed: 'text', consumerId: 'text', fingerprint: 'text' },
  resealToken: { sealed: 'text', consumerId: 'text', fingerprint: 'text' },
  ensureConversation: { conversationId: 'text', dialogId: 'text' },
  lookAtConversation: { open: 'truth or null' },
  holdLease: { left: 'text' },
  setShare: { held: 'object' },
};
