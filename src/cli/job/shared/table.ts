import type { JobStatus } from '../../../client/types';
import { formatClock } from '../../shared/output/durations';
import { tableLines, type Column } from '../../shared/output/table';
import { safe } from '../../shared/output/text';
import { percentSettled } from './words';

const COLUMNS: readonly Column[] = [
  { title: 'JOB' },
  { title: 'STATE' },
  { title: 'DONE', align: 'right' },
  { title: 'FILES', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'PARKED', align: 'right' },
  { title: 'HOST', shrink: true },
  { title: 'STARTED' },
];

/** One row for each job, below the titles. */
export function jobTable(jobs: readonly JobStatus[], columns: number, nowMs: number): readonly string[] {
  const rows = jobs.map((job) => [
    job.jobId,
    job.state,
    job.stale ? '?' : `${percentSettled(job)}%`,
    job.lines.toLocaleString('en-US'),
    job.counts.failed.toLocaleString('en-US'),
    job.counts.parked.toLocaleString('en-US'),
    safe(job.host),
    formatClock(job.startedAt, nowMs),
  ]);
  return tableLines(COLUMNS, rows, columns);
}
