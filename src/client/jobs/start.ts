import {
  askedOf,
  WORKFLOW,
  type Asked,
  type JobInput,
  type JobResult,
  type JobStart,
  type JobView,
  type RetryChoice,
} from '../../contract';
import { askedBy } from '../asked';
import { readResult } from '../close-event';
import type { ClientContext } from '../context';
import { code, launch, type Launch } from '../start';
import type { JobMemo } from './status';
import type { StartedJob } from './types';

/** Starts a job, or attaches to the same job when it runs or is done. A cancelled job continues. */
export async function startJob(context: ClientContext, input: JobInput, asked: Asked = {}): Promise<StartedJob> {
  const { jobId } = input;
  const by = askedBy(asked);
  if (await launchJob(context, { ...input, ...by }, 'ALLOW_DUPLICATE_FAILED_ONLY')) return { jobId, repeated: false };
  const ended = await resultOf(context, jobId);
  if (ended?.view.state !== 'cancelled') return { jobId, repeated: true };
  const begin = nextPass(ended.view, null);
  const resumed = await launchJob(context, { ...ended.input, ...by, begin }, 'ALLOW_DUPLICATE');
  return resumed ? { jobId, repeated: false, resumed } : { jobId, repeated: true };
}

/** The begin of another pass of a job that has ended like this. */
export function nextPass(
  { pass, counts, bytesDone, reasons }: JobView,
  retry: RetryChoice | null,
): NonNullable<JobStart['begin']> {
  const { done, failed, parked, skipped } = counts;
  // The view does not tell how many lines were cancelled. They count as waiting.
  const settled = { done, failed, parked, skipped, cancelled: 0 };
  return { pass: pass + 1, retry, tally: { settled, bytesDone, reasons } };
}

/** What a job returned; null while it runs, and when it ended in another way. */
export async function resultOf({ server }: ClientContext, jobId: string): Promise<JobResult | null> {
  const result = (await readResult(server, jobId)) as Partial<JobResult> | undefined;
  return result?.view !== undefined && result.input !== undefined ? (result as JobResult) : null;
}

/** True when this call started the workflow; false when the job runs, or has ended and may not run again. */
export function launchJob(context: ClientContext, start: JobStart, reuse: Launch['reuse']): Promise<boolean> {
  const { jobId, name, account, host, lines, bytesTotal, lanes } = start;
  return launch(context, {
    type: WORKFLOW.job,
    workflowId: jobId,
    input: start,
    memo: { name, host, lines, bytesTotal, lanes, ...askedOf(start) } satisfies JobMemo,
    priority: 'job',
    keywords: { account, batch: jobId },
    summary: `job ${name}: ${lines} files to ${account}`,
    details: [
      `- ${lines} files of job ${code(name)} on host ${code(host)}`,
      `- to account ${code(account)} and those that its lines name`,
      `- ${start.ordered ? 'published in the order of the lines' : 'published as they are delivered'}`,
    ],
    reuse,
  });
}
