import { randomUUID } from 'node:crypto';
import {
  LIMITS_QUERY,
  LIMITS_SIGNAL,
  LIMITS_UPDATE,
  limitsWorkflowId,
  PRIORITY,
  SHARED_QUEUE,
  WORKFLOW,
  type ChangeRequest,
  type LeaseUse,
  type LimitsInput,
  type LimitsView,
} from '../contract';
import { FerryError, isFerryError } from '../errors';
import type { ClientContext } from './context';
import { whenKnown } from './failures';
import type { Temporal } from './temporal';
import type { LimitsStatus } from './types';

/** A living worker answers in a fraction of this time. */
const ANSWER_MS = 2000;

/** The server asks another worker 5 s after the last one died, or 10 s after a frozen worker took the task. */
const ANSWER_IN_ALL_MS = 14_000;

const CURRENT_RUN = '';

/**
 * Null when no worker has needed the limits of the account and nobody has changed them.
 *
 * @throws {FerryError} TEMPORAL_UNREACHABLE, NO_ANSWER
 */
export async function readLimits(context: ClientContext, account: string): Promise<LimitsStatus | null> {
  const { server } = context;
  const workflowId = limitsWorkflowId(account);
  return await whenKnown(async () => {
    const [view, uses] = await Promise.all([askUntilAnswered(context, workflowId), readUses(server, workflowId)]);
    return { ...view, workers: view.workers.map((worker) => ({ ...worker, use: uses.get(worker.workerId) ?? null })) };
  });
}

/**
 * Changes the limits of an account for all workers, which apply the change within seconds. Null when no worker has
 * answered: then Temporal keeps the change, and the next worker applies it.
 *
 * @throws {FerryError} TEMPORAL_UNREACHABLE
 */
export async function changeLimits(
  { server }: ClientContext,
  account: string,
  request: ChangeRequest,
): Promise<LimitsView | null> {
  const input: LimitsInput = { account, state: null };
  const start = {
    workflowId: limitsWorkflowId(account),
    taskQueue: SHARED_QUEUE,
    input,
    priority: { priorityKey: PRIORITY.entity },
    staticSummary: `limits of ${account}`,
  };
  // Update and signal have the same id, because a server may still deliver the update when a worker comes back.
  const change: ChangeRequest = { id: randomUUID(), ...request };
  try {
    return await server.updateWithStart<LimitsView>(WORKFLOW.limits, start, LIMITS_UPDATE.change, change, ANSWER_MS);
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    // Either no worker answered or the server is away. This call throws when the server is away.
    await server.signalWithStart(WORKFLOW.limits, start, LIMITS_SIGNAL.change, change);
    return null;
  }
}

/** Asks again while a worker lives: the server may still ask a worker that has died. */
async function askUntilAnswered({ server, workers }: ClientContext, workflowId: string): Promise<LimitsView> {
  const until = performance.now() + ANSWER_IN_ALL_MS;
  for (;;) {
    try {
      return await server.query<LimitsView>(workflowId, CURRENT_RUN, LIMITS_QUERY, ANSWER_MS);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
    }
    // Throws when the server is away.
    if ((await workers.count(SHARED_QUEUE, 'workflow')) === 0) {
      throw new FerryError('NO_ANSWER', `No worker serves the task queue ${SHARED_QUEUE}, so nobody knows the limits.`);
    }
    if (performance.now() > until) {
      const seconds = ANSWER_IN_ALL_MS / 1000;
      throw new FerryError('NO_ANSWER', `No worker has told the limits within ${seconds} s.`);
    }
  }
}

/** The deadline of a call has passed: the server is away, or it waits for a worker. */
function isUnanswered(error: unknown): boolean {
  return isFerryError(error) && error.code === 'TEMPORAL_UNREACHABLE';
}

/** The requests and transfers of each worker at its last heartbeat. */
async function readUses(server: Temporal, workflowId: string): Promise<Map<string, LeaseUse>> {
  const { pendingActivities } = await server.call(
    () => server.service.describeWorkflowExecution({ namespace: server.namespace, execution: { workflowId } }),
    { transferId: workflowId },
  );
  const uses = (pendingActivities ?? []).flatMap(({ activityId, heartbeatDetails }): [string, LeaseUse][] => {
    const use = server.read(heartbeatDetails?.payloads?.[0], { workflowId, activityId: activityId ?? '' });
    return isUse(use) ? [[use.workerId, use]] : [];
  });
  return new Map(uses);
}

function isUse(value: unknown): value is LeaseUse {
  return typeof value === 'object' && value !== null && 'workerId' in value && 'inFlight' in value;
}
