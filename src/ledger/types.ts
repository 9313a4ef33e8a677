import type { Receipt } from '../contract';
import type { SteadyTime } from '../lib/steady-clock';

/** The facts about a file message before its frame leaves. A later look finds the message by them. */
export interface Intent {
  readonly transferId: string;
  readonly relativePath: string;
  readonly conversationId: string;
  readonly dialogId: string;
  /** A sequence of the dialog from before the publish: a look for the message starts here. */
  readonly lastSequence: number;
  /** The md5 of the file, in lower-case hex. */
  readonly md5: string;
  /** ISO 8601, UTC: when the frame was about to leave. */
  readonly at: string;
  /** The same time on the steady clock of the host. Absent in rows of earlier versions. */
  readonly steadyAt?: SteadyTime;
  /**
   * See {@link KeptReceipt}. Only one transfer at a time publishes the file under a send key. Absent, like null, in
   * rows of earlier versions.
   */
  readonly sendKey?: string | null;
}

/** A file that was uploaded to this path and whose message is not published yet. */
export interface Delivered {
  readonly transferId: string;
  readonly relativePath: string;
  /** The identity that uploaded the file; no other identity can publish it. */
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

/** The receipt of a sent file. The receipt of a fetch has no message, so it is not a `SentReceipt`. */
export type SentReceipt = Receipt & {
  readonly conversationId: string;
  readonly dialogId: string;
  readonly sequence: number;
};

export interface KeptReceipt {
  readonly receipt: SentReceipt;
  /**
   * The transfer id that a plain send of this file gets, whatever id its transfer has. Null for a transfer that must
   * not be recognised: `--again`, or an id that a person chose.
   */
  readonly sendKey: string | null;
}

export interface TransferEntries {
  /** Intents that were not withdrawn, oldest first, also those whose path has a receipt. */
  readonly intents: readonly Intent[];
  /** Oldest first: one transfer has several when its file was changed and sent again under the same id. */
  readonly receipts: readonly SentReceipt[];
  /** The latest upload without a receipt; null: none is known. */
  readonly delivered: Delivered | null;
}

/**
 * A host's index of what was sent, to whom and as which message. A read sees the commits of all processes; a write
 * resolves when it is durable. Every method throws LEDGER_UNAVAILABLE, and a write also DISK_FULL.
 */
export interface Ledger {
  ofTransfer(transferId: string): Promise<TransferEntries>;
  /** In the order of the ids. */
  ofTransfers(transferIds: readonly string[]): Promise<readonly TransferEntries[]>;
  /** The highest sequence of a message that this host has published in the dialog; 0 when no message is known. */
  lastSequence(account: string, dialogId: string): Promise<number>;
  /**
   * Unix milliseconds of the birth of the ledger: no later intent was lost. When a damaged ledger is put aside, its
   * replacement is born at that time; a prune makes the ledger as young as what it keeps. Infinity when the time is not
   * known.
   */
  bornAt(): Promise<number>;
  /** Oldest first. */
  sentUnder(sendKey: string): Promise<readonly SentReceipt[]>;
  /**
   * Records the intents of frames. Await it before the frames leave. All answers, in the order of the intents, come
   * from one transaction, so only one of several transfers of a file may send it. Replaces an earlier intent of the
   * same transfer.
   */
  claim(...intents: readonly Intent[]): Promise<readonly Claim[]>;
  /** Records that no frame of these intents had an effect, so that nobody looks for their messages. */
  withdraw(...intents: readonly Intent[]): Promise<void>;
  /** Records the path of an upload until its receipt is kept. */
  deliver(delivered: Delivered): Promise<void>;
  keep(...kept: readonly KeptReceipt[]): Promise<void>;
  /** Waits for writes under way. */
  close(): Promise<void>;
}
