/** Plays the workers of an account's limits. */
import { Context } from '@temporalio/activity';
import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import {
  LIMITS_QUERY,
  LIMITS_UPDATE,
  leaseQueue,
  limitsWorkflowId,
  NO_LIMITS,
  SHARED_QUEUE,
  WORKFLOW,
  type AccountLimitValues,
  type ChangeRequest,
  type JoinAnswer,
  type LimitGrant,
  type LimitsView,
  type SetShareInput,
  type WorkerProcess,
} from '../../src/contract';
import type { Stage } from './stand-ins';

export const limited: AccountLimitValues = { ...NO_LIMITS, requests: 8, transfers: 4 };

function start(account: string) {
  return new WithStartWorkflowOperation<Workflow>(WORKFLOW.limits, {
    workflowId: limitsWorkflowId(account),
    taskQueue: SHARED_QUEUE,
    args: [{ account, state: null }],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

export async function join(
  client: Client,
  account: string,
  workerId: string,
  configured = limited,
  process?: WorkerProcess,
): Promise<JoinAnswer> {
  const demand = { requests: 8, transfers: 8 };
  const request = { workerId, host: workerId, configured, demand, ...(process === undefined ? {} : { process }) };
  return client.workflow.executeUpdateWithStart<Workflow, JoinAnswer, [object]>(LIMITS_UPDATE.join, {
    args: [request],
    startWorkflowOperation: start(account),
  });
}

export async function change(client: Client, account: string, request: ChangeRequest): Promise<LimitsView> {
  return client.workflow.executeUpdateWithStart<Workflow, LimitsView, [object]>(LIMITS_UPDATE.change, {
    args: [request],
    startWorkflowOperation: start(account),
  });
}

export const view = (client: Client, account: string): Promise<LimitsView> =>
  client.workflow.getHandle(limitsWorkflowId(account)).query<LimitsView>(LIMITS_QUERY);

/** The lease of one worker process: it holds until told to leave, and keeps the last grant. */
export function lessee(workerId: string, isAlive = true) {
  let leave: (left: { left: string }) => void = () => undefined;
  const grants: LimitGrant[] = [];
  const leases: number[] = [];
  const activities = {
    holdLease: async ({ since }: { since: number }): Promise<{ left: string }> => {
      leases.push(since);
      const context = Context.current();
      const timer = setInterval(() => isAlive && context.heartbeat(), 500);
      const left = new Promise<{ left: string }>((resolve) => (leave = resolve));
      return await Promise.race([left, context.cancelled]).finally(() => clearInterval(timer));
    },
    setShare: ({ grant }: SetShareInput) => {
      grants.push(grant);
      return Promise.resolve({ held: { requests: 0, transfers: 0 } });
    },
  };
  return {
    workerId,
    activities,
    leases,
    grants,
    leave: () => leave({ left: 'idle' }),
    get share() {
      return grants.at(-1)?.share;
    },
  };
}

export async function withLessees<T>(
  stage: Stage,
  lessees: readonly ReturnType<typeof lessee>[],
  work: () => Promise<T>,
): Promise<T> {
  return await stage.playQueues(
    lessees.map(({ workerId, activities }) => ({ taskQueue: leaseQueue(workerId), activities })),
    work,
  );
}
