import type { JobState } from '../../contract';
import { mapInLanes } from '../../lib/lanes';
import type { ClientContext } from '../context';
import { whenKnown } from '../failures';
import { takeJobSnapshot, type JobSnapshot } from '../snapshot';
import { ALL_STATES, searchJobs } from '../visibility';
import { jobRow, jobStatusOf } from './status';
import type { JobFilter, JobStatus } from './types';

const DEFAULT_LIMIT = 50;
const LANES = 8;

/** Newest first. A running job is queried for its counts. An ended job has them in its memo. */
export async function listJobs(context: ClientContext, filter: JobFilter): Promise<readonly JobStatus[]> {
  const { limit = DEFAULT_LIMIT, states = ALL_STATES, account, sinceMs } = filter;
  if (limit < 1 || states.length === 0) return [];
  // The index does not tell jobs that wait from those that run.
  const blurred: readonly JobState[] = states.includes('waiting') ? ['running', 'waiting'] : [];
  const searched = [...new Set([...states, ...blurred])];
  const found = newestOfEachId(await searchJobs(context.server, { states: searched, account, sinceMs }, limit * 4));
  const chosen: JobStatus[] = [];
  for (let at = 0; at < found.length && chosen.length < limit; at += limit) {
    const rows = await mapInLanes(found.slice(at, at + limit), LANES, (job) => rowOf(context, job));
    chosen.push(...rows.filter((row) => row !== null).filter(({ state }) => states.includes(state)));
  }
  return chosen.slice(0, limit);
}

async function rowOf(context: ClientContext, job: JobSnapshot): Promise<JobStatus | null> {
  const { status, transferId } = job.snapshot;
  if (status === 'completed') return jobRow(job);
  return whenKnown(async () => jobStatusOf(context, await takeJobSnapshot(context.server, transferId)));
}

function newestOfEachId(jobs: readonly JobSnapshot[]): readonly JobSnapshot[] {
  const seen = new Set<string>();
  return jobs
    .toSorted((one, other) => other.snapshot.startedAtMs - one.snapshot.startedAtMs)
    .filter(({ snapshot: { transferId } }) => !seen.has(transferId) && seen.add(transferId));
}
