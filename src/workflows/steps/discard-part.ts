import { log } from '@temporalio/workflow';
import { TransferActivities } from '../activities';
import { errorOf } from '../failures';

/** How long one attempt may take. */
const WITHIN_MS = 120_000;

/** Removes what a cancelled fetch has left beside its target; a complete file stays. Never throws. */
export async function discardPart(host: string, account: string, target: string): Promise<void> {
  try {
    await new TransferActivities(host, () => WITHIN_MS).discardPart({ account, target });
  } catch (thrown) {
    log.warn('The part of a cancelled fetch could not be removed', { target, error: errorOf(thrown).code });
  }
}
