import type { ActivityLog, ReceiptBook } from '../activities';
import type { Books } from '../evidence';
import { keptReceipt, type Ledger } from '../ledger';

/**
 * Writes each receipt to `receipts/`, and then to the ledger. The line in `receipts/` is the evidence. When the ledger
 * cannot take the receipt, `ferry ledger rebuild` adds it later.
 */
export function keepReceipts(
  books: Pick<Books, 'keepReceipts'>,
  ledger: Pick<Ledger, 'keep'>,
  log: ActivityLog,
): ReceiptBook {
  return {
    async keep(...inputs) {
      await books.keepReceipts(inputs);
      const kept = inputs.flatMap(({ receipt, sendKey }) => keptReceipt(receipt, sendKey) ?? []);
      if (kept.length === 0) return;
      try {
        await ledger.keep(...kept);
      } catch (error) {
        const transferIds = kept.map(({ receipt }) => receipt.transferId);
        log.warn('Receipts are not in the ledger', { transferIds, reason: (error as Error).message });
      }
    },
  };
}
