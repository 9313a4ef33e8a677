import type { Receipt } from '../contract';

/** What is known of a file message before its frame leaves: with it a later look finds the message. */
export interface Intent {
  readonly transferId: string;
  readonly relativePath: string;
  readonly conversationId: string;
  readonly dialogId: string;
  /** A sequence of the dialog from before the publish: a look for the message starts here. */
  readonly lastSequence: number;
  /** Of the file, in lower-case hex. */
  readonly md5: string;
  /** ISO 8601, UTC: when the frame was about to leave. */
  readonly at: string;
  /**
   * As in {@link KeptReceipt}: only one transfer at a time publishes the file under it. Absent in rows of earlier
   * versions, as null.
   */
  readonly sendKey?: string | null;
}

/** A file that lies in storage under this path; its message is not published yet. */
export interface Delivered {
  readonly transferId: string;
  readonly relativePath: string;
  /** Who uploaded it: another identity cannot publish it. */
  readonly consumerId: string;
  readonly urlRenewals: number;
  readonly bytesSent: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/**
 * The ledger's answer to an intent.
 * - `claimed`: it is durable, and the frame may leave
 * - `taken`: another transfer is about to publish the same file; nothing was written
 * - `sent`: another transfer has published the same file; nothing was written
 */
export type Claim =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'taken'; readonly by: Intent }
  | { readonly kind: 'sent'; readonly receipt: SentReceipt };

/** The receipt of a file that was sent; that of a fetch has no message. */
export type SentReceipt = Receipt & {
  readonly conversationId: string;
  readonly dialogId: string;
  readonly sequence: number;
};

export interface KeptReceipt {
  readonly receipt: SentReceipt;
  /**
   * The transfer id that a plain send of this file gets, whatever id its transfer has. Null for a transfer that is not to
   * be recognised: `--again`, or an id that a person chose.
   */
  readonly sendKey: string | null;
}

export interface TransferEntries {
  /** Those that were not withdrawn, oldest first. One with a receipt of the same path stays among them. */
  readonly intents: readonly Intent[];
  /** Oldest first: one transfer has several when its file was changed and sent again under the same id. */
  readonly receipts: readonly SentReceipt[];
  /** The latest upload without a receipt; null: none is known. */
  readonly delivered: Delivered | null;
}

/**
 * A host's index of what was sent, where to and as which message. A read sees what any process has committed; a write
 * resolves when it is durable. Every method throws LEDGER_UNAVAILABLE, and a write also DISK_FULL.
 */
export interface Ledger {
  ofTransfer(transferId: string): Promise<TransferEntries>;
  /** In the order of the ids. */
  ofTransfers(transferIds: readonly string[]): Promise<readonly TransferEntries[]>;
  /** The highest sequence of a message that this host has published in the dialog; 0 when it knows none. */
  lastSequence(account: string, dialogId: string): Promise<number>;
  /** Oldest first. */
  sentUnder(sendKey: string): Promise<readonly SentReceipt[]>;
  /**
   * Says that frames are about to leave; to be awaited before they do. All answers, in the order of the intents, come
   * from one transaction, so that of several transfers of one file only one may send. An intent of the same transfer is
   * replaced.
   */
  claim(...intents: readonly Intent[]): Promise<readonly Claim[]>;
  /** No frames of these intents took effect: there is nothing to look for. */
  withdraw(...intents: readonly Intent[]): Promise<void>;
  /** Says where an upload lies, until its receipt is kept. */
  deliver(delivered: Delivered): Promise<void>;
  keep(...kept: readonly KeptReceipt[]): Promise<void>;
  /** Waits for writes under way. */
  close(): Promise<void>;
}
