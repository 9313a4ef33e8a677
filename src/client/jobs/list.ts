import type { JobState } from '../../contract';
import type { ClientContext } from '../context';
import { whenKnown } from '../failures';
import { firstIn, newestOfEachId } from '../list';
import { takeJobSnapshot, type JobSnapshot } from '../snapshot';
import { ALL_STATES, searchJobs } from '../visibility';
import { jobRow, jobStatusOf } from './status';
import type { JobFilter, JobStatus } from './types';

const DEFAULT_LIMIT = 50;

/** Newest first. A running job is queried for its counts. An ended job has them in its memo. */
export async function listJobs(context: ClientContext, filter: JobFilter): Promise<readonly JobStatus[]> {
  const { limit = DEFAULT_LIMIT, states = ALL_STATES, account, sinceMs } = filter;
  if (limit < 1 || states.length === 0) return [];
  // The index does not tell jobs that wait from those that run.
  const blurred: readonly JobState[] = states.includes('waiting') ? ['running', 'waiting'] : [];
  const searched = [...new Set([...states, ...blurred])];
  const found = await searchJobs(context.server, { states: searched, account, sinceMs }, limit * 4);
  const newest = newestOfEachId(found, ({ snapshot }) => snapshot);
  return firstIn(states, limit, newest, (job) => rowOf(context, job));
}

async function rowOf(context: ClientContext, job: JobSnapshot): Promise<JobStatus | null> {
  const { status, transferId } = job.snapshot;
  if (status === 'completed') return jobRow(job);
  return whenKnown(async () => jobStatusOf(context, await takeJobSnapshot(context.server, transferId)));
}
