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
}

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
}

/**
 * A host's index of what was sent, where to and as which message. A read sees what any process has committed; a write
 * resolves when it is durable. Every method throws LEDGER_UNAVAILABLE, and a write also DISK_FULL.
 */
export interface Ledger {
  ofTransfer(transferId: string): Promise<TransferEntries>;
  /** Oldest first. */
  sentUnder(sendKey: string): Promise<readonly SentReceipt[]>;
  /** To be awaited before the frame leaves. */
  intend(intent: Intent): Promise<void>;
  /** No frame of this intent took effect: there is nothing to look for. */
  withdraw(intent: Intent): Promise<void>;
  keep(kept: KeptReceipt): Promise<void>;
  /** Waits for writes under way. */
  close(): Promise<void>;
}
