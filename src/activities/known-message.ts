import type { Intent, SentReceipt, TransferEntries } from '../ledger';

/** What the ledger of this host knows of the message that a publish is to make. */
export interface KnownMessage {
  /** The receipt of the message; null when there is none. */
  readonly receipt: SentReceipt | null;
  /** Publishes that may have had an effect, perhaps under other paths: an older database runs a transfer again. */
  readonly intents: readonly Intent[];
}

/** Another content under the same id is another file: it says nothing about this message. */
export function knownMessage({ intents, receipts }: TransferEntries, md5: string): KnownMessage {
  return {
    receipt: receipts.findLast((receipt) => receipt.md5 === md5) ?? null,
    intents: intents.filter((intent) => intent.md5 === md5),
  };
}
