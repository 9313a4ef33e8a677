import { proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { LocalActivities, Receipt } from '../contract';
import { errorOf, failWith, isCancellation, transferError } from './failures';

/** Histories that began before receipts were kept go on without. */
export const RECEIPTS_KEPT = 'receipts-kept';

/**
 * A local activity: it runs within the workflow task that closes the transfer and costs the server one event, no task.
 * That task lasts 10 s at most, so tries are short and few; what still fails parks the transfer, for only a person can
 * make room. A task that is run anew keeps the receipt twice: such lines have the same runId.
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
