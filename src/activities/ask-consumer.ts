import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure, type Workflow } from '@temporalio/common';
import { FerryError, isErrorCode } from '../errors';
import {
  addressed,
  type ConsumerAnswer,
  type ConsumerInput,
  consumerWorkflowId,
  type Identity,
  PRIORITY,
  SHARED_QUEUE,
  WORKFLOW,
} from '../contract';

/** Longer than the consumer workflow's slowest activity, so that the error comes from that activity. */
const ANSWER_WITHIN_MS = 100_000;

/** Sends an update to a consumer's workflow, and starts the workflow if needed. Update ids: docs/decisions/002. */
export async function askConsumer(
  client: Client,
  identity: Identity,
  shownConsumer: string,
  update: string,
  request: object,
): Promise<ConsumerAnswer> {
  const { account, consumer } = identity;
  const input: ConsumerInput = { account, consumer, token: null, conversation: null };
  const startWorkflowOperation = new WithStartWorkflowOperation<Workflow>(WORKFLOW.consumer, {
    workflowId: consumerWorkflowId(account, shownConsumer),
    taskQueue: SHARED_QUEUE,
    args: [addressed(WORKFLOW.consumer, input)],
    workflowIdConflictPolicy: 'USE_EXISTING',
    priority: { priorityKey: PRIORITY.entity },
    staticSummary: `${consumer} of ${account}: token and open conversation`,
  });
  try {
    return await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      client.workflow.executeUpdateWithStart<Workflow, ConsumerAnswer, [object]>(update, {
        updateId: randomUUID(),
        args: [addressed(update, request)],
        startWorkflowOperation,
      }),
    );
  } catch (error) {
    throw fromUpdate(error, identity);
  }
}

function fromUpdate(error: unknown, { account, consumer }: Identity): FerryError {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  // A timeout inside the consumer workflow must not reach the transfer: there this code means the transfer's
  // deadline, and would park it.
  const isOurs = cause instanceof ApplicationFailure && cause.type !== 'DEADLINE_PASSED';
  if (isOurs && isErrorCode(cause.type)) return new FerryError(cause.type, cause.message);
  return new FerryError(
    'TEMPORAL_UNREACHABLE',
    `The consumer workflow of ${consumer} (${account}) gave no answer; Ferry asks again.`,
    { cause: error },
  );
}
