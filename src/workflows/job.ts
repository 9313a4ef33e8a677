import { allHandlersFinished, CancellationScope, condition, continueAsNew } from '@temporalio/workflow';
import { addressed, askedOf, WORKFLOW, type JobResult, type JobStart } from '../contract';
import { checkedStart } from './inputs';
import { acceptJobCommands } from './job-commands';
import { jobNotices } from './job-notices';
import { JobRun } from './job-run';
import { tell } from './tell';
import { CommandRecord, startEntry } from './record';

/**
 * So many commands are remembered over a new run of the workflow: a late update must not be obeyed after its signal.
 */
const COMMANDS_KEPT = 50;

/**
 * Many files as one unit of work. It closes as completed, also when lines failed or are parked and when it was
 * cancelled: its result says so, and a retry begins it again with what it returned.
 */
export async function job(given: JobStart): Promise<JobResult> {
  const start = checkedStart(WORKFLOW.job, given);
  const obeyed = new Set(start.carried?.commandIds);
  const run = new JobRun(start);
  const { jobId, account, name } = start;
  const subject = { transferId: jobId, account, source: name };
  const record = new CommandRecord(subject, () => run.view().host);
  acceptJobCommands(run, obeyed, record);
  // The pages do not wait for the record: it is kept on the host that they need as well.
  const entry =
    start.carried === undefined ? startEntry('job', { ...subject, ...askedOf(start), host: start.host }) : undefined;
  if (entry !== undefined) record.keep(entry);
  const root = CancellationScope.current();
  // A person's cancel must not break off what settles and records the lines.
  return await CancellationScope.nonCancellable(async () => {
    root.cancelRequested.catch(() => run.cancel());
    const result = await run.toEnd();
    await record.settled();
    if (result !== null) {
      if (start.notices === true) await tell(...jobNotices(result.view));
      return result;
    }
    await condition(allHandlersFinished);
    const carried = { ...run.carried(), commandIds: [...obeyed].slice(-COMMANDS_KEPT) };
    return continueAsNew<typeof job>(addressed(WORKFLOW.job, { ...run.inputNow(), carried }));
  });
}
