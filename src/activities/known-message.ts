import type { Intent, SentReceipt, TransferEntries } from '../ledger';

/** The facts in this host's ledger about the message of a publish. */
export interface KnownMessage {
  /** The receipt of the message; null when there is none. */
  readonly receipt: SentReceipt | null;
  /**
   * Publishes that may have had an effect. They can have other paths when a restored database runs a transfer again.
   */
  readonly intents: readonly Intent[];
}

/** Ignores entries with another digest: another content under the same id is another file. */
export function knownMessage({ intents, receipts }: TransferEntries, md5: string): KnownMessage {
  return {
    receipt: receipts.findLast((receipt) => receipt.md5 === md5) ?? null,
    intents: intents.filter((intent) => intent.md5 === md5),
  };
}
