import type { PublishInput } from '../contract';
import type { Intent, SentReceipt } from '../ledger';
import type { ActivityDeps } from './deps';

/** What the ledger of this host knows of the message that a publish is to make. */
export interface KnownMessage {
  /** The receipt of the message; null when there is none. */
  readonly receipt: SentReceipt | null;
  /** Publishes that may have had an effect, perhaps under other paths: an older database runs a transfer again. */
  readonly intents: readonly Intent[];
}

/** Another content under the same id is another file: it says nothing about this message. LEDGER_UNAVAILABLE. */
export async function knownMessage(
  { ledger }: ActivityDeps,
  { transferId, receipt: { md5 } }: PublishInput,
): Promise<KnownMessage> {
  const { intents, receipts } = await ledger.ofTransfer(transferId);
  return {
    receipt: receipts.findLast((receipt) => receipt.md5 === md5) ?? null,
    intents: intents.filter((intent) => intent.md5 === md5),
  };
}
