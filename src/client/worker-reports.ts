/** Reports of workers about themselves. The server keeps the last report of each worker for some time. */
import { temporal } from '@temporalio/proto';
import { isFerryError } from '../errors';
import type { Temporal } from './temporal';
import { msOf } from './times';

export interface WorkerReport {
  readonly queue: string;
  readonly identity: string;
  /** False when the worker has reported that it ends. */
  readonly running: boolean;
  readonly atMs: number;
  /** The longest time from a report of a living worker to its next report. */
  readonly silenceMs: number;
}

const MOST = 1000;

/** By default a worker reports every minute. The real interval is known from the second report on. */
const UNKNOWN_PACE_MS = 180_000;

/** Long, because the time is measured between two clocks. */
const SHORTEST_SILENCE_MS = 20_000;

const RUNNING = temporal.api.enums.v1.WorkerStatus.WORKER_STATUS_RUNNING;

/** Empty when the server keeps no reports (before 1.30) or does not show them to this client. */
export async function readWorkerReports(server: Temporal): Promise<readonly WorkerReport[]> {
  try {
    const answer = await server.call(() => server.service.listWorkers({ namespace: server.namespace, pageSize: MOST }));
    // The newer `workers` lacks the time of the report.
    return (answer.workersInfo ?? []).map(({ workerHeartbeat }) => reportOf(workerHeartbeat ?? {}));
  } catch (error) {
    if (isFerryError(error) && error.code === 'TEMPORAL_UNREACHABLE') throw error;
    return [];
  }
}

function reportOf(beat: temporal.api.worker.v1.IWorkerHeartbeat): WorkerReport {
  const { elapsedSinceLastHeartbeat: pace } = beat;
  return {
    queue: beat.taskQueue ?? '',
    identity: beat.workerIdentity ?? '',
    running: beat.status === RUNNING,
    atMs: msOf(beat.heartbeatTime) ?? 0,
    silenceMs: pace ? Math.max(SHORTEST_SILENCE_MS, 4 * (msOf(pace) ?? 0)) : UNKNOWN_PACE_MS,
  };
}

/**
 * True when the worker with this identity has reported its end, or has sent neither reports nor polls for too long. A
 * poll after the last report means that the worker lives: a restarted container has the same identity.
 *
 * @param missed the worker whose heartbeat the server missed. Needed for a worker that was killed before its first
 *   report.
 */
export function hasEnded(
  reports: readonly WorkerReport[],
  queue: string,
  poller: Poller,
  nowMs: number,
  missed: Missed | null = null,
): boolean {
  const [last] = reports
    .filter((report) => report.queue === queue && report.identity === poller.identity)
    .sort((a, b) => b.atMs - a.atMs);
  const isMissed = missed?.identity === poller.identity && poller.seenAtMs <= missed.atMs;
  if (last === undefined) return isMissed;
  if (!last.running && poller.seenAtMs <= last.atMs + 1000) return true;
  // A killed worker may have polled after its last report. A restarted worker sends a report within this time.
  const silenceMs = isMissed ? SHORTEST_SILENCE_MS : last.silenceMs;
  return nowMs - Math.max(last.atMs, poller.seenAtMs) > silenceMs;
}

export interface Poller {
  readonly identity: string;
  readonly seenAtMs: number;
}

/** A worker whose heartbeat was missed, and the time since which the next attempt has been in the queue. */
export interface Missed {
  readonly identity: string;
  readonly atMs: number;
}
