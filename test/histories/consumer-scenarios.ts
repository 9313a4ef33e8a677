/** The consumer's entity: its first run, until it continues as new, and the run after that. */
import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { CONSUMER_UPDATE, consumerWorkflowId, SHARED_QUEUE, WORKFLOW } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { refusal, type Stage } from '../workflows/stand-ins';
import type { Scenarios } from './scenario';

function ask(stage: Stage, name: string, update: string, request: object): Promise<unknown> {
  return stage.client.workflow.executeUpdateWithStart<Workflow, unknown, [object]>(update, {
    updateId: randomUUID(),
    args: [request],
    startWorkflowOperation: new WithStartWorkflowOperation<Workflow>(WORKFLOW.consumer, {
      workflowId: consumerWorkflowId('acme', name),
      taskQueue: SHARED_QUEUE,
      args: [{ account: 'acme', consumer: name, token: null, conversation: null }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
  });
}

/** Opens, renews, meets a closed conversation and a refusal, until the server suggests to continue as new. */
async function untilContinued(stage: Stage, name: string): Promise<WorkflowHandle> {
  const { open, renewToken } = CONSUMER_UPDATE;
  await Promise.all([1, 2, 3].map(() => ask(stage, name, open, { closed: [], needConversation: true })));
  const first = stage.client.workflow.getHandle(consumerWorkflowId('acme', name));
  const { runId } = await first.describe();
  await ask(stage, name, renewToken, { refused: 't1' });
  await ask(stage, name, open, { closed: ['c1'], needConversation: true });
  await ask(stage, name, renewToken, { refused: 't2' }).catch(() => undefined);
  for (let current = runId; current === runId; ) {
    await ask(stage, name, open, { closed: [], needConversation: false });
    current = (await first.describe()).runId;
  }
  return stage.client.workflow.getHandle(consumerWorkflowId('acme', name), runId);
}

function counted() {
  let tokens = 0;
  let conversations = 0;
  return {
    acquireToken: () => {
      tokens += 1;
      if (tokens === 3) return refusal('THROTTLED');
      return Promise.resolve({ sealed: `s${tokens}`, consumerId: 'sub', expiresAt: null, fingerprint: `t${tokens}` });
    },
    ensureConversation: () => {
      conversations += 1;
      return Promise.resolve({ conversationId: `c${conversations}`, dialogId: `c${conversations}` });
    },
  };
}

export const consumerScenarios: Scenarios = {
  'consumer-until-it-continues-as-new': { activities: counted(), run: untilContinued },
  'consumer-resealed': {
    activities: counted(),
    async run(stage, name) {
      await ask(stage, name, CONSUMER_UPDATE.open, { closed: [], needConversation: true });
      const first = stage.client.workflow.getHandle(consumerWorkflowId('acme', name));
      const { runId } = await first.describe();
      await first.executeUpdate(CONSUMER_UPDATE.reseal, { args: [{ sealKey: 'new' }] });
      await waitFor(async () => ((await first.describe()).runId === runId ? undefined : true));
      return stage.client.workflow.getHandle(consumerWorkflowId('acme', name), runId);
    },
  },
  'consumer-after-it-continued': {
    activities: counted(),
    async run(stage, name) {
      const { runId } = await (await untilContinued(stage, name)).describe();
      const later = stage.client.workflow.getHandle(consumerWorkflowId('acme', name));
      await ask(stage, name, CONSUMER_UPDATE.open, { closed: [], needConversation: true });
      await waitFor(async () => ((await later.describe()).runId === runId ? undefined : true));
      return stage.client.workflow.getHandle(consumerWorkflowId('acme', name), (await later.describe()).runId);
    },
  },
};
