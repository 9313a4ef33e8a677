import { CancellationScope, log } from '@temporalio/workflow';
import { MOST_IDS, SHARED_QUEUE, type Notice, type TransferError, type TransferInput } from '../contract';
import { run } from './activities';

/** The longest wait for a worker to take the notices. Without a worker the transfer goes on. */
const TELL_WITHIN_MS = 60_000;

/**
 * Notifies people if the worker's configuration has a receiver. Resolves when the notices are durable in the workflows
 * of the receivers, which send them. Never throws, because a notice must not end a transfer or job.
 *
 * Call it for many lines of a job at once, with their count.
 */
export async function tell(...notices: readonly Notice[]): Promise<void> {
  try {
    // A cancelled workflow must still report its end.
    await CancellationScope.nonCancellable(() =>
      run(
        'tell',
        { notices },
        {
          taskQueue: SHARED_QUEUE,
          startToCloseTimeout: TELL_WITHIN_MS,
          scheduleToCloseTimeout: TELL_WITHIN_MS,
          summary: `tell people: ${notices.map(({ reason, count }) => `${count} ${reason}`).join(', ')}`,
        },
      ),
    );
  } catch (thrown) {
    log.warn('People were not told', { why: String(thrown) });
  }
}

/** Reports that a transfer or fetch is parked or has failed. For a line of a job, the job reports it. */
export async function tellOf(
  state: 'parked' | 'failed',
  { account, transferId, notices, job }: Pick<TransferInput, 'account' | 'transferId' | 'notices' | 'job'>,
  { code }: TransferError,
): Promise<void> {
  if (notices !== true || job !== undefined) return;
  await tell(noticeFor(state, account, code, 1, [transferId]));
}

/** The notice of transfers or lines that are parked or have failed with this code. */
export function noticeFor(
  state: 'parked' | 'failed',
  account: string,
  code: TransferError['code'],
  count: number,
  ids: readonly string[],
): Notice {
  const reason = state === 'parked' && code === 'CREDENTIALS_REFUSED' ? 'credentialsRefused' : state;
  return { account, reason, count, code, ids: ids.slice(0, MOST_IDS), text: null };
}
