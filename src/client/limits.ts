import {
  LIMITS_QUERY,
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
import { isFerryError } from '../errors';
import type { ClientContext } from './context';
import type { Temporal } from './temporal';
import type { LimitsStatus } from './types';

/** A living worker answers in a fraction of this time. */
const ANSWER_MS = 4000;

const CURRENT_RUN = '';

/** Null: no worker has needed the limits of the account, and nobody has changed them. TEMPORAL_UNREACHABLE */
export async function readLimits({ server }: ClientContext, account: string): Promise<LimitsStatus | null> {
  const workflowId = limitsWorkflowId(account);
  try {
    const [view, uses] = await Promise.all([
      server.query<LimitsView>(workflowId, CURRENT_RUN, LIMITS_QUERY, ANSWER_MS),
      readUses(server, workflowId),
    ]);
    return { ...view, workers: view.workers.map((worker) => ({ ...worker, use: uses.get(worker.workerId) ?? null })) };
  } catch (error) {
    if (isFerryError(error) && error.code === 'TRANSFER_UNKNOWN') return null;
    throw error;
  }
}

/** Changes the limits of an account for all workers; they hold it within seconds. TEMPORAL_UNREACHABLE */
export async function changeLimits(
  { server }: ClientContext,
  account: string,
  request: ChangeRequest,
): Promise<LimitsView> {
  const input: LimitsInput = { account, state: null };
  const start = {
    workflowId: limitsWorkflowId(account),
    taskQueue: SHARED_QUEUE,
    input,
    priority: { priorityKey: PRIORITY.entity },
    staticSummary: `limits of ${account}`,
  };
  return await server.updateWithStart<LimitsView>(WORKFLOW.limits, start, LIMITS_UPDATE.change, request, ANSWER_MS);
}

/** What each worker had under way at its last heartbeat. */
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
