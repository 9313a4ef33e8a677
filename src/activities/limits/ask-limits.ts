import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import {
  addressed,
  LIMITS_SIGNAL,
  LIMITS_UPDATE,
  limitsWorkflowId,
  PRIORITY,
  SHARED_QUEUE,
  WORKFLOW,
  type DemandReport,
  type EndedReport,
  type JoinAnswer,
  type JoinRequest,
  type LimitsInput,
  type RefusalReport,
} from '../../contract';

/** The call is retried when the server takes longer. */
const ANSWER_WITHIN_MS = 5000;

/** The calls of a worker to the limits workflows. */
export interface AskLimits {
  /** True when the account has a running limits workflow. */
  exists(account: string): Promise<boolean>;
  /** Starts the workflow when there is none. */
  join(account: string, request: JoinRequest): Promise<JoinAnswer>;
  demand(account: string, report: DemandReport): Promise<void>;
  refused(account: string, report: RefusalReport): Promise<void>;
  ended(account: string, report: EndedReport): Promise<void>;
}

export function askLimitsOver(client: () => Client): AskLimits {
  const soon = <T>(work: (client: Client) => Promise<T>): Promise<T> =>
    client().withDeadline(Date.now() + ANSWER_WITHIN_MS, () => work(client()));
  const signal = (account: string, name: string, report: object): Promise<void> =>
    soon(({ workflow }) => workflow.getHandle(limitsWorkflowId(account)).signal(name, addressed(name, report)));
  return {
    async exists(account) {
      try {
        const { status } = await soon(({ workflow }) => workflow.getHandle(limitsWorkflowId(account)).describe());
        return status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
    join(account, request) {
      const input: LimitsInput = { account, state: null };
      const startWorkflowOperation = new WithStartWorkflowOperation<Workflow>(WORKFLOW.limits, {
        workflowId: limitsWorkflowId(account),
        taskQueue: SHARED_QUEUE,
        args: [addressed(WORKFLOW.limits, input)],
        workflowIdConflictPolicy: 'USE_EXISTING',
        priority: { priorityKey: PRIORITY.entity },
        staticSummary: `limits of ${account}`,
      });
      return soon(({ workflow }) =>
        workflow.executeUpdateWithStart<Workflow, JoinAnswer, [object]>(LIMITS_UPDATE.join, {
          updateId: randomUUID(),
          args: [addressed(LIMITS_UPDATE.join, request)],
          startWorkflowOperation,
        }),
      );
    },
    demand: (account, report) => signal(account, LIMITS_SIGNAL.demand, report),
    refused: (account, report) => signal(account, LIMITS_SIGNAL.refused, report),
    ended: (account, report) => signal(account, LIMITS_SIGNAL.ended, report),
  };
}
