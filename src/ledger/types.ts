import type { Receipt } from '../contract';

/** What is known of a file message before its publish frame leaves. */
export interface Intent {
  readonly transferId: string;
  /**
   * The transfer id that a plain send of this file gets, whatever id this transfer has. Null for a transfer that is not
   * to be recognised: `--again`, or an id that a person chose.
   */
  readonly sendKey: string | null;
  readonly relativePath: string;
  readonly conversationId: string;
  readonly dialogId: string;
  /** A sequence of the dialog from before the publish: a look for the message starts here. */
  readonly lastSequence: number;
  /** The consumer's own id (`sub`) when it published. */
  readonly consumerId: string;
  /** Lower-case hex. */
  readonly md5: string;
  /** Lower-case hex; null until there is one. */
  readonly sha256: string | null;
  readonly sizeBytes: number;
  readonly fileType: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** A message that the service has, by its answer or by a look. */
export interface Published extends Intent {
  readonly sequence: number;
}

/** A receipt of a sent file, and what the receipt itself does not say. */
export interface KeptReceipt {
  readonly receipt: Receipt & SentPlace;
  readonly sendKey: string | null;
}

/** What the receipt of a sent file has, and the receipt of a fetch has not. */
export interface SentPlace {
  readonly conversationId: string;
  readonly dialogId: string;
  readonly sequence: number;
}

/** All that the ledger knows of one message: of one transfer under one relativePath. */
export interface LedgerEntry {
  readonly transferId: string;
  readonly sendKey: string | null;
  readonly relativePath: string;
  readonly conversationId: string;
  readonly dialogId: string;
  /** Null for an entry that was rebuilt from its receipt. */
  readonly lastSequence: number | null;
  readonly consumerId: string | null;
  readonly md5: string;
  readonly sha256: string | null;
  readonly sizeBytes: number;
  readonly fileType: string;
  /** ISO 8601, UTC: of the last thing that was written about it. */
  readonly at: string;
  /** Null while nobody knows whether the message arrived. */
  readonly sequence: number | null;
  readonly receipt: (Receipt & SentPlace) | null;
}

/**
 * A host's index of what was sent, where to and as which message. A read sees what any process has committed; a write
 * resolves when it is durable. Every method throws LEDGER_UNAVAILABLE, and a write also DISK_FULL.
 */
export interface Ledger {
  /** Oldest first. */
  ofTransfer(transferId: string): Promise<readonly LedgerEntry[]>;
  /** The published ones only, oldest first. */
  sentUnder(sendKey: string): Promise<readonly LedgerEntry[]>;
  intend(intent: Intent): Promise<void>;
  published(published: Published): Promise<void>;
  keep(kept: KeptReceipt): Promise<void>;
  /** Waits for writes under way. */
  close(): Promise<void>;
}
