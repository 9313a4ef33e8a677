import { log, workflowInfo } from '@temporalio/workflow';
import type { Receipt } from '../../contract';
import { TransferActivities } from '../activities';
import { errorOf } from '../failures';

/** A transfer that ended early waits no longer than this for the disk. */
const WITHIN_MS = 30_000;

/** Has the host keep a receipt; returns once it is durable there. A full or read-only disk parks the transfer. */
export function keepReceipt(activities: TransferActivities, receipt: Receipt): Promise<void> {
  return activities.keepReceipt({ receipt, runId: workflowInfo().runId });
}

/** For a transfer that was cancelled or failed: its result holds the receipt as well. Never throws. */
export async function keepReceiptIfPossible(host: string, receipt: Receipt): Promise<void> {
  try {
    await keepReceipt(new TransferActivities(host, () => WITHIN_MS), receipt);
  } catch (thrown) {
    const { transferId } = receipt;
    const { message } = errorOf(thrown);
    log.warn('The receipt of a transfer that ended early could not be kept', { transferId, error: message });
  }
}
