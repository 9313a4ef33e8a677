import type { ActivityLog, ReceiptBook } from '../activities';
import { keptReceipt, type Ledger } from '../ledger';

/**
 * Keeps each receipt in `receipts/`, and then in the ledger. The line in `receipts/` is the evidence: where the ledger
 * cannot take the receipt, `ferry ledger rebuild` puts it there later.
 */
export function keepReceipts(book: ReceiptBook, ledger: Pick<Ledger, 'keep'>, log: ActivityLog): ReceiptBook {
  return {
    async keep(input) {
      await book.keep(input);
      const kept = keptReceipt(input.receipt, input.sendKey);
      if (kept === null) return;
      try {
        await ledger.keep(kept);
      } catch (error) {
        const { transferId } = input.receipt;
        log.warn('A receipt is not in the ledger', { transferId, reason: (error as Error).message });
      }
    },
  };
}
