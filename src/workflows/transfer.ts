import { patched, workflowInfo } from '@temporalio/workflow';
import { acceptCommands } from './commands';
import type { TransferInput, TransferResult } from '../contract';
import { closeUnfinished } from './ending';
import { keepReceipt, RECEIPTS_KEPT } from './evidence';
import { newProgress, receiptOf, type Course } from './progress';
import { Steering } from './steering';
import { arriveOn, transferFile } from './transfer-file';
import { keepView } from './view';

/**
 * One file's way through all its steps.
 *
 * How it closes decides what the same send does later: failed or cancelled while surely nothing was published, the same
 * send starts anew; in every other case it closes as completed, and the same send attaches to it.
 */
export async function transfer(input: TransferInput): Promise<TransferResult> {
  const view = keepView({
    transferId: input.transferId,
    account: input.account,
    consumer: input.consumer,
    host: input.host,
    source: input.source.path,
    sizeBytes: input.source.sizeBytes,
    step: 'inspect',
  });
  const steering = new Steering({
    host: input.host,
    deadlineMs: input.deadlineMs,
    startedAtMs: workflowInfo().startTime.getTime(),
    view,
    arrive: (host, activities) => arriveOn(course, host, activities),
  });
  const course: Course = { input, progress: newProgress(), view, steering };
  acceptCommands(steering, view);
  try {
    await transferFile(course);
    const receipt = receiptOf(course);
    if (receipt !== null && patched(RECEIPTS_KEPT)) await steering.carry(() => keepReceipt(receipt));
    view.set({ state: 'done' });
    return { state: 'done', receipt, error: null };
  } catch (thrown) {
    return await closeUnfinished(course, thrown);
  }
}
