import { CancellationScope, getExternalWorkflowHandle, log } from '@temporalio/workflow';
import { addressed, LINE_SIGNAL, type LineOfJob, type LineSettled } from '../contract';

/** Tells the job of a large file that its transfer ended or parked. Never throws, because the job may have ended. */
export async function tellJob(
  job: LineOfJob | undefined,
  how: Pick<LineSettled, 'state' | 'receipt' | 'error'>,
): Promise<void> {
  if (job === undefined) return;
  try {
    // A cancelled transfer must report its end as well.
    await CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(job.jobId).signal(LINE_SIGNAL, addressed(LINE_SIGNAL, { ...job, ...how })),
    );
  } catch (thrown) {
    log.info('The job of a large file was not told how its transfer stands', { ...job, why: String(thrown) });
  }
}
