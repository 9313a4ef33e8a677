import { ApplicationFailure, executeChild, workflowInfo } from '@temporalio/workflow';
import {
  WorkflowExecutionAlreadyStartedError,
  defineSearchAttributeKey,
  type ActivityOptions,
} from '@temporalio/common';
import {
  addressed,
  ioQueue,
  launcherPlaceIn,
  PRIORITY,
  SEARCH_ATTRIBUTES,
  SHARED_QUEUE,
  WORKFLOW,
  type JobStart,
  type LauncherPlace,
  type LaunchResult,
} from '../contract';
import { HEARTBEAT_TIMEOUT_MS, run } from './activities';

/** The longest look at a directory, including the wait until files stop changing. */
const LOOK_ATTEMPT_MS = 24 * 3_600_000;

/**
 * One run of a schedule. It lasts as long as its job, so the next run is skipped until the job has ended. It has no
 * argument: anybody who reaches Temporal can start it, so it does only what the file of the schedule on the host says.
 */
export async function launcher(): Promise<LaunchResult> {
  const place = launcherPlaceIn(workflowInfo().workflowId);
  if (place === null) throw ApplicationFailure.nonRetryable('This id is not one of a schedule.', 'INPUT_REFUSED');
  const { schedule } = place;
  const { job, clears, ...found } = await run('launch', { schedule }, optionsOf(place, 'look for files'));
  const isOurs = job !== null && (await runJob({ ...job, by: `schedule ${schedule}` }));
  const cleared = clears ? await run('clear', { schedule }, optionsOf(place, 'clear what was sent')) : null;
  return { ...found, jobId: job?.jobId ?? null, wasThere: job !== null && !isOurs, cleared };
}

function optionsOf({ host }: LauncherPlace, summary: string): ActivityOptions {
  return {
    taskQueue: ioQueue(host),
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    startToCloseTimeout: LOOK_ATTEMPT_MS,
    priority: { priorityKey: PRIORITY.job },
    summary,
  };
}

/** Runs the job to its end. False when the job existed already, started by a person or by an earlier run. */
async function runJob(input: JobStart): Promise<boolean> {
  const { jobId, host, name, account, lines, bytesTotal, lanes, by } = input;
  const keyword = (attribute: keyof typeof SEARCH_ATTRIBUTES, value: string) => ({
    key: defineSearchAttributeKey(SEARCH_ATTRIBUTES[attribute], 'KEYWORD'),
    value,
  });
  try {
    await executeChild(WORKFLOW.job, {
      workflowId: jobId,
      taskQueue: SHARED_QUEUE,
      args: [addressed(WORKFLOW.job, input)],
      parentClosePolicy: 'ABANDON',
      cancellationType: 'ABANDON',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      priority: { priorityKey: PRIORITY.job },
      memo: { name, host, lines, bytesTotal, lanes, by },
      typedSearchAttributes: [keyword('account', account), keyword('state', 'running'), keyword('batch', jobId)],
      staticSummary: `job ${name}: ${lines} files to ${account}`,
    });
    return true;
  } catch (thrown) {
    if (thrown instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw thrown;
  }
}
