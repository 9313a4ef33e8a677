import { errorOf, isCancellation } from '../failures';
import type { TransferRun } from '../transfer-run';

/** Makes sure that file sharing is on. */
export async function enableSharing(run: TransferRun): Promise<void> {
  const { input, view, steering } = run;
  const { account, consumer } = input;
  view.set({ step: 'enable' });
  const summary = `file sharing on for ${account}?`;
  const { skipped } = await steering.activities().anywhere('enable', { account, consumer }, { summary });
  run.sharingDoubted = false;
  if (skipped !== null) view.note(skipped);
}

/**
 * When a step fails because file sharing is off, the transfer parks. After a retry the property is checked again first,
 * because a person has switched file sharing on, or has allowed Ferry to.
 */
export async function withSharing<T>(run: TransferRun, work: () => Promise<T>): Promise<T> {
  if (run.sharingDoubted) await enableSharing(run);
  try {
    return await work();
  } catch (thrown) {
    run.sharingDoubted = !isCancellation(thrown) && errorOf(thrown).code === 'FILE_SHARING_OFF';
    throw thrown;
  }
}
