import {
  askedOf,
  STEPS,
  VIEW_QUERY,
  type Step,
  type TransferError,
  type TransferState,
  type WorkflowView,
} from '../contract';
import { readOutcome } from './close-event';
import type { ClientContext } from './context';
import type { Snapshot } from './snapshot';
import { isoOf } from './times';
import type { TransferOutcome, TransferStatus } from './types';

/** A living worker answers in a fraction of this time. */
export const QUERY_MS = 1000;

/** After a query without an answer, no query is sent for this time: without a worker each query costs a second. */
const SILENT_MS = 5000;

/** Asks a transfer's workflow for its exact state; null when no worker answers within a second. */
export type ViewReader = (snapshot: Snapshot) => Promise<WorkflowView | null>;

/** A reader for one transfer. It queries only when the history has grown, because otherwise nothing has changed. */
export function createViewReader({ server }: ClientContext): ViewReader {
  let seen: { readonly key: string; readonly view: WorkflowView } | null = null;
  let silentUntil = 0;
  return async ({ transferId, runId, historyLength }) => {
    const key = `${runId} ${historyLength}`;
    if (seen?.key === key) return seen.view;
    if (performance.now() < silentUntil) return null;
    try {
      const view = await server.query<WorkflowView>(transferId, runId, VIEW_QUERY, QUERY_MS);
      seen = { key, view };
      return view;
    } catch {
      // After any failure the facts of the server are used instead. If the server is away, the next call says so.
      silentUntil = performance.now() + SILENT_MS;
      return null;
    }
  };
}

/** The status of a transfer by a snapshot. Without `readView`: the facts of the server alone, marked stale. */
export async function statusOf(
  context: ClientContext,
  snapshot: Snapshot,
  readView?: ViewReader,
): Promise<TransferStatus> {
  if (snapshot.status !== 'running') {
    const { receipt } = snapshot.memo;
    if (isDone(snapshot) && receipt !== null) return closedStatus(snapshot, { state: 'done', receipt, error: null });
    const outcome = await readOutcome(context.server, snapshot.transferId, snapshot.runId);
    if (outcome !== null) return closedStatus(snapshot, outcome);
  }
  const [view, obstacle] = await Promise.all([
    readView?.(snapshot) ?? null,
    context.workers.obstacle(snapshot, Date.now()),
  ]);
  return openStatus(snapshot, view, obstacle, Date.now());
}

/** By the index alone. */
export function isDone({ status, state }: Snapshot): boolean {
  return status === 'completed' && state !== 'failed' && state !== 'cancelled';
}

export function closedStatus(snapshot: Snapshot, { state, receipt, error }: TransferOutcome): TransferStatus {
  const sizeBytes = receipt?.sizeBytes ?? snapshot.memo.sizeBytes;
  return {
    transferId: snapshot.transferId,
    kind: snapshot.kind,
    state,
    step: snapshot.step,
    account: snapshot.account,
    source: receipt?.source ?? snapshot.memo.source,
    sizeBytes,
    bytesDone: state === 'done' ? (sizeBytes ?? 0) : 0,
    attempt: 1,
    urlRenewals: receipt?.urlRenewals ?? 0,
    startedAt: isoOf(snapshot.startedAtMs),
    nextTryAt: null,
    error,
    receipt,
    stale: false,
    ...askedIn(snapshot),
  };
}

/** Combines the view of the workflow (exact, but without attempts) with the server's facts about the attempt. */
function openStatus(
  snapshot: Snapshot,
  view: WorkflowView | null,
  obstacle: TransferError | null,
  nowMs: number,
): TransferStatus {
  const { activity, memo } = snapshot;
  const step = view?.step ?? activity?.step ?? snapshot.step;
  const sizeBytes = view?.sizeBytes ?? numberOf(activity?.progress.sizeBytes) ?? memo.sizeBytes;
  const waitingFor = activity?.started === true ? (activity.progress.waitingFor ?? null) : null;
  return {
    transferId: snapshot.transferId,
    kind: snapshot.kind,
    ...situation(snapshot, view, obstacle, nowMs),
    step,
    account: view?.account ?? snapshot.account,
    source: view?.source ?? memo.source,
    sizeBytes,
    bytesDone: bytesDone(step, numberOf(activity?.progress.bytesDone), sizeBytes),
    attempt: activity?.attempt ?? 1,
    urlRenewals: (view?.urlRenewals ?? 0) + (numberOf(activity?.progress.urlRenewals) ?? 0),
    startedAt: isoOf(snapshot.startedAtMs),
    receipt: null,
    stale: view === null,
    ...(waitingFor === null ? {} : { waitingFor }),
    ...(view === null || snapshot.kind === 'fetch' ? {} : { published: view.published }),
    ...(view === null || view.notes.length === 0 ? {} : { notes: view.notes }),
    ...askedIn(snapshot),
  };
}

/** The memo is readable without a worker and after the end. */
function askedIn({ memo }: Snapshot): Pick<TransferStatus, 'by' | 'why' | 'lastCommand'> {
  const { lastCommand } = memo;
  return { ...askedOf(memo), ...(lastCommand === null ? {} : { lastCommand }) };
}

type Situation = Pick<TransferStatus, 'state' | 'nextTryAt' | 'error' | 'heldSince'>;

function since(time: string | null | undefined): Pick<Situation, 'heldSince'> {
  return typeof time === 'string' ? { heldSince: time } : {};
}

/** The first that applies: paused or parked by a person, no worker, a pause before the next attempt, the workflow's view. */
function situation(
  { activity, state, memo }: Snapshot,
  view: WorkflowView | null,
  obstacle: TransferError | null,
  nowMs: number,
): Situation {
  const said: TransferState = view?.state ?? state;
  const nextTryAt = view?.nextTryAt ?? null;
  const told = since(view?.stateSince);
  if (said === 'parked') return { state: said, nextTryAt: null, error: view?.error ?? memo.parked, ...told };
  if (said === 'paused') return { state: said, nextTryAt: null, error: null, ...told };
  if (obstacle !== null) {
    const { scheduledAtMs = null } = activity ?? {};
    return { state: 'waiting', nextTryAt: null, error: obstacle, ...since(isoOrNull(scheduledAtMs)) };
  }
  if (activity !== null && !activity.started && activity.attempt > 1) {
    const { failure, scheduledAtMs } = activity;
    const later = scheduledAtMs !== null && scheduledAtMs > nowMs;
    // During the second attempt the server knows when the first attempt failed.
    const failedAtMs = activity.attempt === 2 ? activity.lastEndedAtMs : null;
    const failing = since(activity.progress.failingSince ?? isoOrNull(failedAtMs));
    return { state: 'waiting', nextTryAt: later ? isoOf(scheduledAtMs) : null, error: failure, ...failing };
  }
  if (activity?.progress.waitingFor) {
    // An attempt that waits for a service says since when, because the attempt before it failed for this reason.
    const { failingSince } = activity.progress;
    const error = view?.error ?? (failingSince === undefined ? null : activity.failure);
    return { state: 'waiting', nextTryAt, error, ...since(failingSince) };
  }
  // The workflow has ended, but Temporal has not recorded the end yet.
  if (said === 'waiting' && activity === null) {
    return { state: 'waiting', nextTryAt, error: view?.error ?? null, ...told };
  }
  return { state: 'running', nextTryAt: null, error: null };
}

/** Bytes of the file in the present direction: sent in the first steps, fetched in the last steps. */
function bytesDone(step: Step, moved: number | null, sizeBytes: number | null): number {
  if (moved !== null) return moved;
  const uploaded = STEPS.indexOf(step) > STEPS.indexOf('upload') && step !== 'fetch';
  return uploaded ? (sizeBytes ?? 0) : 0;
}

function isoOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : isoOf(timeMs);
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
