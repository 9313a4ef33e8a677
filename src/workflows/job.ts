import { allHandlersFinished, CancellationScope, condition, continueAsNew } from '@temporalio/workflow';
import { addressed, WORKFLOW, type JobResult, type JobStart } from '../contract';
import { checkedStart } from './inputs';
import { acceptJobCommands } from './job-commands';
import { JobRun } from './job-run';

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
  acceptJobCommands(run, obeyed);
  const root = CancellationScope.current();
  // A person's cancel must not break off what settles and records the lines.
  return await CancellationScope.nonCancellable(async () => {
    root.cancelRequested.catch(() => run.cancel());
    const result = await run.toEnd();
    if (result !== null) return result;
    await condition(allHandlersFinished);
    const carried = { ...run.carried(), commandIds: [...obeyed].slice(-COMMANDS_KEPT) };
    return continueAsNew<typeof job>(addressed(WORKFLOW.job, { ...run.inputNow(), carried }));
  });
}
