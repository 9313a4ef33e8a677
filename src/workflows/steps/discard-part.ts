import { log } from '@temporalio/workflow';
import { TransferActivities } from '../activities';
import { errorOf } from '../failures';

/** Longest attempt. */
const WITHIN_MS = 120_000;

/** How long a cancelled fetch waits for its host to remove the part. After that the part stays. */
const DISCARD_WITHIN_MS = 24 * 3_600_000;

/** Removes the part of a cancelled fetch; a complete file stays. Never throws. */
export async function discardPart(host: string, account: string, target: string): Promise<void> {
  try {
    const options = { summary: `remove the part of ${target}`, scheduleToCloseTimeout: DISCARD_WITHIN_MS };
    await new TransferActivities(host, () => WITHIN_MS).onHost('discardPart', { account, target }, options);
  } catch (thrown) {
    log.warn('The part of a cancelled fetch could not be removed', { target, error: errorOf(thrown).code });
  }
}
