import { isEnd } from '../../contract';
import { isFerryError } from '../../errors';
import type { ClientContext } from '../context';
import { isPassing } from '../failures';
import { takeJobSnapshot } from '../snapshot';
import { wakeAtEnd } from '../wake-at-end';
import { aboutJob } from './errors';
import { jobStatusOf } from './status';
import type { JobEvent, JobEventKind, JobStatus, JobWatchOptions } from './types';

/** Each look queries the job's workflow, which costs the worker a workflow task. */
const INTERVAL_MS = 1000;

/** Yields the events of a job, each with a status, until the job has ended or the signal fires. */
export async function* watchJob(
  context: ClientContext,
  jobId: string,
  { signal, intervalMs = INTERVAL_MS }: JobWatchOptions = {},
): AsyncGenerator<JobEvent, void, undefined> {
  const waker = wakeAtEnd(context, jobId, signal);
  let last: JobStatus | null = null;
  try {
    for (;;) {
      if (signal?.aborted === true) return;
      const status = withCounts(await look(context, jobId), last);
      if (status !== null) {
        const kind = changeBetween(last, status);
        if (kind !== null) yield { type: 'event', v: 1, at: new Date().toISOString(), kind, jobId, status };
        if (kind === 'end') return;
        last = status;
      }
      await waker.pause(intervalMs);
    }
  } finally {
    waker.stop();
  }
}

async function look(context: ClientContext, jobId: string): Promise<JobStatus | null> {
  try {
    return await aboutJob(jobId, async () => jobStatusOf(context, await takeJobSnapshot(context.server, jobId)));
  } catch (error) {
    if (isFerryError(error) && isPassing(error)) return null;
    throw error;
  }
}

/** Without a worker the counts are unknown, so the counts of the last look stay. */
function withCounts(seen: JobStatus | null, last: JobStatus | null): JobStatus | null {
  if (seen?.stale !== true || last === null) return seen;
  const { state, error, stale } = seen;
  return { ...last, state, error, stale };
}

function changeBetween(before: JobStatus | null, now: JobStatus): JobEventKind | null {
  if (now.finishedAt !== null || isEnd(now.state)) return 'end';
  if (before === null || before.state !== now.state || before.lanes !== now.lanes) return 'state';
  return JSON.stringify(before) === JSON.stringify(now) ? null : 'progress';
}
