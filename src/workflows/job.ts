import { allHandlersFinished, CancellationScope, condition, continueAsNew } from '@temporalio/workflow';
import { addressed, askedOf, WORKFLOW, type JobResult, type JobStart } from '../contract';
import { checkedStart } from './inputs';
import { acceptJobCommands } from './job-commands';
import { jobNotices } from './job-notices';
import { JobRun } from './job-run';
import { tell } from './tell';
import { CommandRecord, startEntry } from './record';

/** The number of command ids that a new run remembers, so that a late update is not applied again after its signal. */
const COMMANDS_KEPT = 50;

/**
 * Many files as one unit of work. It closes as completed in every case; its result has the failed and parked lines and
 * says whether it was cancelled. A retry starts it again with this result.
 */
export async function job(given: JobStart): Promise<JobResult> {
  const start = checkedStart(WORKFLOW.job, given);
  const obeyed = new Set(start.carried?.commandIds);
  const run = new JobRun(start);
  const { jobId, account, name } = start;
  const subject = { transferId: jobId, account, source: name };
  const record = new CommandRecord(subject, () => run.view().host);
  acceptJobCommands(run, obeyed, record);
  // The pages do not wait for the record, which is kept on the host that the pages need anyway.
  const entry =
    start.carried === undefined ? startEntry('job', { ...subject, ...askedOf(start), host: start.host }) : undefined;
  if (entry !== undefined) record.keep(entry);
  const root = CancellationScope.current();
  // A cancel must not abort the code that settles and records the lines.
  return await CancellationScope.nonCancellable(async () => {
    root.cancelRequested.catch(() => run.cancel());
    const result = await run.toEnd();
    await record.settled();
    if (result !== null) {
      if (start.notices === true) await tell(...jobNotices(result.view));
      if (!run.hasLateRetry) return result;
      // A person has asked for a retry meanwhile: the next run begins with it.
      await record.settled();
    }
    await condition(allHandlersFinished);
    const carried = { ...run.carried(), commandIds: [...obeyed].slice(-COMMANDS_KEPT) };
    return continueAsNew<typeof job>(addressed(WORKFLOW.job, { ...run.inputNow(), carried }));
  });
}
