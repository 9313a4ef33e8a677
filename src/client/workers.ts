/** Which workers serve a task queue, by the pollers that the server remembers and by the reports of the workers. */
import { temporal } from '@temporalio/proto';
import { hostQueue, ioQueue, SHARED_QUEUE, type TransferError } from '../contract';
import { mapInLanes } from '../lib/lanes';
import { transferError } from './failure-words';
import type { Snapshot } from './snapshot';
import type { Temporal } from './temporal';
import { msOf } from './times';
import { hasEnded, readWorkerReports, type Missed, type Poller } from './worker-reports';

const { TaskQueueType } = temporal.api.enums.v1;
const KIND = {
  workflow: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  activity: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
} as const;
type QueueKind = keyof typeof KIND;

/** An idle poll lasts up to 60 s, so the last contact of a living poller can be that old. Dead pollers are listed for 5 min. */
const POLLER_LIVES_MS = 75_000;

/** When a task has been in a queue for longer than this, Ferry looks for the reason. */
const PICKUP_MS = 5000;

const REMEMBER_MS = 2000;

const LANES = 8;

export interface Workers {
  /** Number of workers that poll this queue; `missed` adds facts about one of them. */
  count(queue: string, kind: QueueKind, missed?: Missed | null): Promise<number>;
  serves(host: string, missed?: Missed | null): Promise<boolean>;
  /** Hosts that appear in the reports of workers. The worker may have ended since. */
  reportedHosts(): Promise<readonly string[]>;
  /** The given hosts that have a worker, in the given order. */
  servedOf(hosts: Iterable<string>): Promise<readonly string[]>;
  /** Why no worker takes the queued task of a transfer; null when a worker will, or when no task is queued. */
  obstacle(snapshot: Snapshot, nowMs: number): Promise<TransferError | null>;
}

export function watchWorkers(server: Temporal): Workers {
  const reports = remembered(() => readWorkerReports(server));
  const pollers = remembered((queue: string, kind: QueueKind) => readPollers(server, queue, kind));
  const count: Workers['count'] = async (queue, kind, missed) => {
    const [polling, reported] = await Promise.all([pollers(queue, kind), reports()]);
    return polling.filter((poller) => !hasEnded(reported, queue, poller, Date.now(), missed)).length;
  };
  // One process serves both queues of a host. While long uploads fill its slots, it polls the other queue only.
  const serves: Workers['serves'] = async (host, missed) => {
    const queues = [hostQueue(host), ioQueue(host)];
    const counts = await Promise.all(queues.map((queue) => count(queue, 'activity', missed)));
    return counts.some((amount) => amount > 0);
  };
  return {
    count,
    serves,
    async reportedHosts() {
      return (await reports()).map(({ queue }) => hostOfQueue(queue)).filter((host) => host !== null);
    },
    async servedOf(hosts) {
      const known = [...new Set(hosts)].sort();
      const served = await mapInLanes(known, LANES, (host) => serves(host));
      return known.filter((_, index) => served[index]);
    },
    obstacle: (snapshot, nowMs) => findObstacle({ count, serves }, snapshot, nowMs),
  };
}

/** Keeps an answer for two seconds, so that many transfers that wait for one host need one call. */
function remembered<Key extends readonly string[], T>(ask: (...key: Key) => Promise<T>): (...key: Key) => Promise<T> {
  const known = new Map<string, { readonly at: number; readonly answer: Promise<T> }>();
  return (...key) => {
    const name = key.join(' ');
    const before = known.get(name);
    if (before !== undefined && performance.now() - before.at < REMEMBER_MS) return before.answer;
    const answer = ask(...key);
    known.set(name, { at: performance.now(), answer });
    answer.catch(() => known.delete(name));
    return answer;
  };
}

async function readPollers(server: Temporal, queue: string, kind: QueueKind): Promise<readonly Poller[]> {
  const { pollers } = await server.call(() =>
    server.service.describeTaskQueue({
      namespace: server.namespace,
      taskQueue: { name: queue },
      taskQueueType: KIND[kind],
    }),
  );
  const seen = (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    identity: identity ?? '',
    seenAtMs: msOf(lastAccessTime) ?? 0,
  }));
  return seen.filter(({ seenAtMs }) => Date.now() - seenAtMs < POLLER_LIVES_MS);
}

async function findObstacle(
  workers: Pick<Workers, 'count' | 'serves'>,
  { activity, task, memo }: Snapshot,
  nowMs: number,
): Promise<TransferError | null> {
  const lies = (scheduledAtMs: number): boolean => nowMs - scheduledAtMs > PICKUP_MS;
  if (activity !== null && !activity.started && activity.scheduledAtMs !== null && lies(activity.scheduledAtMs)) {
    const host = hostOfQueue(activity.queue) ?? (activity.queue === null ? memo.host : null);
    if (host !== null) {
      return (await workers.serves(host, activity.missed))
        ? null
        : noWorker(`Waiting for host ${host}: no worker serves it.`);
    }
    return (await workers.count(SHARED_QUEUE, 'activity', activity.missed)) > 0 ? null : noSharedWorker();
  }
  if (task === null || !lies(task.scheduledAtMs)) return null;
  if ((await workers.count(SHARED_QUEUE, 'workflow')) === 0) return noSharedWorker();
  if (task.attempt <= 2) return null;
  return transferError(
    'INTERNAL',
    `Workers fail to go on with the transfer (try ${task.attempt}); the worker's log says why.`,
  );
}

function noSharedWorker(): TransferError {
  return noWorker(`Waiting for a worker: none serves the task queue ${SHARED_QUEUE}.`);
}

function noWorker(message: string): TransferError {
  return transferError('NO_WORKER', message);
}

/** The host whose queue this is; null for the shared queue. */
function hostOfQueue(queue: string | null): string | null {
  const prefix = [hostQueue(''), ioQueue('')].find((start) => queue?.startsWith(start) === true);
  return prefix === undefined ? null : (queue ?? '').slice(prefix.length);
}
