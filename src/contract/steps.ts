/**
 * The steps of a transfer: the name of each, and what its activity gets and answers. One object in, one object out: only
 * this shape can grow without breaking the histories of running transfers.
 */
import type { AuditEntry } from './audit';
import type { Sealed } from './consumer';
import type { PublishInput, PublishResult } from './publish';
import type { Shapes } from './shapes';
import type { Identity, Receipt, SendChoices, SourceRef } from './transfer';

/** The steps in their order, with the name for people and the result of each. */
export const STEP_WORDS = {
  inspect: { name: 'inspect', achieved: 'the file exists, is a picture that decodes, and the account takes it' },
  enable: { name: 'enable', achieved: 'file sharing is on for the account' },
  open: { name: 'open', achieved: 'a conversation is open' },
  'request-upload-url': { name: 'upload link', achieved: 'storage gave a signed link' },
  upload: { name: 'upload', achieved: 'the bytes lie in storage, digest compared' },
  publish: { name: 'publish', achieved: 'the message stands in the conversation' },
  'request-download-url': { name: 'download link', achieved: 'storage gave a link to fetch' },
  fetch: { name: 'fetch', achieved: 'the bytes are back, digest compared' },
} as const;

export type Step = keyof typeof STEP_WORDS;

export const STEPS = Object.keys(STEP_WORDS) as readonly Step[];

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

export const STEP_RESULTS: Shapes<SharedActivities & HostActivities & IoActivities> = {
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
  discardPart: null,
};
