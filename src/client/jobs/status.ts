import {
  askedOf,
  DEFAULT_LANES,
  JOB_MEMO,
  JOB_VIEW_QUERY,
  type Asked,
  type JobView,
  type TransferError,
} from '../../contract';
import { readOutcome } from '../close-event';
import type { ClientContext } from '../context';
import { isDone, QUERY_MS } from '../status';
import type { JobSnapshot } from '../snapshot';
import { isoOf } from '../times';
import type { JobStatus } from './types';

/** The memo that the client writes at the start of a job. */
export interface JobMemo extends Asked {
  readonly name: string;
  readonly host: string;
  readonly lines: number;
  readonly bytesTotal: number;
  readonly lanes: number;
}

/**
 * The status of an ended job is in its memo. A running job is queried; without an answer, the facts of the server are
 * used.
 */
export async function jobStatusOf(context: ClientContext, job: JobSnapshot): Promise<JobStatus> {
  const { snapshot, memo } = job;
  const asked = askedOf(memo);
  if (snapshot.status !== 'running') return { ...(await closedView(context, job)), ...asked, stale: false };
  const [answer, obstacle] = await Promise.all([
    queryView(context, job),
    context.workers.obstacle(snapshot, Date.now()),
  ]);
  // A job writes its result to the memo before it closes. Between the two, perhaps no worker answers.
  const view = answer ?? endView(job);
  const known = withoutHold(view ?? serverView(job));
  const held = known.state === 'running' ? (obstacle ?? trouble(job)) : null;
  const waits = held === null ? {} : { state: 'waiting' as const, error: held };
  return { ...known, ...asked, ...waits, stale: view === null };
}

/** Nobody can resume or retry a job that is being cancelled. */
function withoutHold(view: JobView): JobView {
  return view.cancelling === true ? { ...view, state: 'running', error: null } : view;
}

/** The status in a list, from the server's index alone. */
export function jobRow(job: JobSnapshot): JobStatus {
  return { ...(endView(job) ?? serverView(job)), ...askedOf(job.memo), stale: job.snapshot.status === 'running' };
}

async function queryView({ server }: ClientContext, { snapshot }: JobSnapshot): Promise<JobView | null> {
  try {
    // Reads the current run, because a job may continue as new between two calls.
    return await server.query<JobView>(snapshot.transferId, '', JOB_VIEW_QUERY, QUERY_MS);
  } catch {
    // If the server is away, the next call throws.
    return null;
  }
}

/** The reason why all pages under way wait; null when at least one page proceeds. */
function trouble({ activities }: JobSnapshot): TransferError | null {
  const failing = activities.filter(({ attempt, failure }) => attempt > 1 && failure !== null);
  return activities.length > 0 && failing.length === activities.length ? (failing[0]?.failure ?? null) : null;
}

async function closedView(context: ClientContext, job: JobSnapshot): Promise<JobView> {
  const ended = isDone(job.snapshot) || job.snapshot.state === 'cancelled' ? endView(job) : null;
  if (ended !== null) return ended;
  const outcome = await readOutcome(context.server, job.snapshot.transferId, job.snapshot.runId);
  const { closedAtMs } = job.snapshot;
  return {
    ...serverView(job),
    state: outcome?.state === 'cancelled' ? 'cancelled' : 'failed',
    error: outcome?.error ?? null,
    finishedAt: closedAtMs === null ? null : isoOf(closedAtMs),
  };
}

/** The view that the workflow wrote to the memo when it ended. */
function endView({ memo }: JobSnapshot): JobView | null {
  const view = memo[JOB_MEMO] as Partial<JobView> | null | undefined;
  return typeof view?.jobId === 'string' ? (view as JobView) : null;
}

/** The status without counts of lines, for a workflow that has not reported any. */
function serverView({ snapshot, memo }: JobSnapshot): JobView {
  const { name, host, lines, bytesTotal, lanes } = memo as Partial<Record<keyof JobMemo, unknown>>;
  const amount = (value: unknown): number => (typeof value === 'number' ? value : 0);
  return {
    jobId: snapshot.transferId,
    name: typeof name === 'string' ? name : '',
    account: snapshot.account,
    host: typeof host === 'string' ? host : '',
    state: snapshot.state,
    lines: amount(lines),
    counts: { done: 0, failed: 0, parked: 0, skipped: 0, running: 0, waiting: 0 },
    bytesTotal: amount(bytesTotal),
    bytesDone: 0,
    filesPerSecond: 0,
    bytesPerSecond: 0,
    lanes: typeof lanes === 'number' ? lanes : DEFAULT_LANES,
    pass: 1,
    startedAt: isoOf(snapshot.startedAtMs),
    finishedAt: null,
    error: null,
    reasons: [],
    slowest: null,
  };
}
