import { log, workflowInfo } from '@temporalio/workflow';
import type { Receipt } from '../../contract';
import { TransferActivities } from '../activities';
import { errorOf, wasNotPickedUp } from '../failures';

/** Longest wait for the disk when a transfer ended early. */
const WITHIN_MS = 30_000;

/** When the host has not picked up a receipt after this time, any worker keeps it. */
const RECEIPT_PICKUP_MS = 60_000;

/**
 * Keeps a receipt on the host; returns once it is durable. A full or read-only disk parks the transfer. When the host
 * does not answer for a minute, any other host keeps the receipt.
 *
 * @param sendKey of a transfer; undefined for a fetch, which sends nothing
 */
export async function keepReceipt(
  activities: TransferActivities,
  receipt: Receipt,
  sendKey: string | null | undefined,
): Promise<void> {
  const input = { receipt, runId: workflowInfo().runId, ...(sendKey === undefined ? {} : { sendKey }) };
  try {
    const options = { summary: 'keep the receipt', scheduleToStartTimeout: RECEIPT_PICKUP_MS };
    await activities.onHost('keepReceipt', input, options);
  } catch (thrown) {
    if (!wasNotPickedUp(thrown)) throw thrown;
    await activities.anywhere('keepReceipt', input, { summary: 'keep the receipt on any host' });
  }
}

/** For a cancelled or failed transfer, whose result also has the receipt. Never throws. */
export async function keepReceiptIfPossible(host: string, receipt: Receipt, sendKey: string | null): Promise<void> {
  try {
    await keepReceipt(new TransferActivities(host, () => WITHIN_MS), receipt, sendKey);
  } catch (thrown) {
    const { transferId } = receipt;
    const { message } = errorOf(thrown);
    log.warn('The receipt of a transfer that ended early could not be kept', { transferId, error: message });
  }
}
