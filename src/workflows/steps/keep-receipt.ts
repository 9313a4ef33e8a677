import { log, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { LocalActivities, Receipt } from '../../contract';
import { errorOf, failWith, isCancellation, transferError } from '../failures';

/** Patch of histories in which receipts are kept; older ones go on without. */
export const RECEIPTS_KEPT = 'receipts-kept';

/**
 * A local activity runs within the workflow task that closes the transfer and costs the server one event, no task. That
 * task lasts 10 s at most, so tries are short and few. A task that is run again keeps the receipt twice: such lines have
 * the same runId.
 */
const local = proxyLocalActivities<LocalActivities>({
  startToCloseTimeout: '2s',
  retry: { maximumAttempts: 2, initialInterval: '200ms' },
});

/** Keeps the receipt in the worker's state directory; returns once it is durable there. Throws what parks. */
export async function keepReceipt(receipt: Receipt): Promise<void> {
  try {
    await local.keepReceipt({ receipt, runId: workflowInfo().runId });
  } catch (thrown) {
    if (isCancellation(thrown)) throw thrown;
    const error = errorOf(thrown);
    if (error.code === 'DISK_FULL') throw failWith(error);
    throw failWith(transferError('TARGET_NOT_WRITABLE', `The receipt could not be kept: ${error.message}`));
  }
}

/** For a transfer that was cancelled or failed: it does not wait for a disk, its result holds the receipt. */
export async function keepReceiptIfPossible(receipt: Receipt): Promise<void> {
  try {
    await keepReceipt(receipt);
  } catch (thrown) {
    const { transferId } = receipt;
    log.warn('The receipt of a transfer that ended early could not be kept', {
      transferId,
      error: errorOf(thrown).message,
    });
  }
}
