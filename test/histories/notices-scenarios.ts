/** The entity of one receiver of notices. Its scenarios are receivers of their own names. */
import type { WorkflowHandle } from '@temporalio/client';
import {
  addressed,
  NOTICES_SIGNAL,
  noticesWorkflowId,
  SHARED_QUEUE,
  WORKFLOW,
  type Notice,
  type NoticesInput,
} from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { refusal, type Stage } from '../workflows/stand-ins';
import { over, type Scenarios } from './scenario';

const notice: Notice = { account: 'acme', reason: 'parked', count: 1, code: 'DISK_FULL', ids: ['t'], text: null };

async function tell(stage: Stage, input: NoticesInput, notices: readonly Notice[]): Promise<WorkflowHandle> {
  return await stage.client.workflow.signalWithStart(WORKFLOW.notices, {
    workflowId: noticesWorkflowId(input.destination),
    taskQueue: SHARED_QUEUE,
    args: [addressed(WORKFLOW.notices, input)],
    signal: NOTICES_SIGNAL,
    signalArgs: [addressed(NOTICES_SIGNAL, { notices })],
  });
}

/** Waits until so many messages were delivered or given up, and the entity waits for what comes next. */
async function untilTold(handle: WorkflowHandle, messages: number): Promise<WorkflowHandle> {
  await waitFor(async () => {
    const { events } = await handle.fetchHistory();
    const ended = (events ?? []).filter(
      ({ activityTaskCompletedEventAttributes: done, activityTaskFailedEventAttributes: failed }) => done ?? failed,
    );
    return ended.length >= messages && events?.at(-1)?.timerStartedEventAttributes ? true : undefined;
  }, 60_000);
  return handle;
}

/** A receiver that is told of one account after the other, until the server suggests to continue as new. */
async function untilContinued(stage: Stage, destination: string): Promise<WorkflowHandle> {
  const first = await tell(stage, { destination }, [notice]);
  const { runId } = await first.describe();
  const later = stage.client.workflow.getHandle(first.workflowId);
  for (let told = 1; (await later.describe()).runId === runId; told += 1) {
    await tell(stage, { destination }, [{ ...notice, account: `acme-${told % 5}` }]);
  }
  return stage.client.workflow.getHandle(first.workflowId, runId);
}

export const noticesScenarios: Scenarios = {
  'notices-told-and-told-again': {
    async run(stage, destination) {
      const handle = await tell(stage, { destination }, [notice, { ...notice, count: 3 }]);
      await untilTold(handle, 1);
      // The same group waits for its quiet time; another account is told of at once.
      return untilTold(await tell(stage, { destination }, [notice, { ...notice, account: 'other' }]), 2);
    },
  },
  'notices-stopped-by-their-receiver': {
    activities: {
      deliverNotice: () =>
        Promise.resolve({ outcome: 'stopped', stopped: { fingerprint: 'abc', at: '2026-03-01T10:00:00.000Z' } }),
    },
    async run(stage, destination) {
      await untilTold(await tell(stage, { destination }, [notice]), 1);
      return untilTold(await tell(stage, { destination }, [{ ...notice, account: 'other' }]), 2);
    },
  },
  'notices-given-up': {
    activities: { deliverNotice: () => refusal('INTERNAL') },
    run: async (stage, destination) => untilTold(await tell(stage, { destination }, [notice]), 1),
  },
  'notices-at-rest': {
    async run(stage, destination) {
      // As after a message, when the quiet time is nearly over.
      const nextAtMs = Date.now() + 2000;
      const carried = { groups: [{ key: 'parked acme', group: null, nextAtMs }], stopped: null };
      return over(await tell(stage, { destination, carried }, []));
    },
  },
  'notices-until-they-continue-as-new': { run: untilContinued },
  'notices-after-they-continued': {
    async run(stage, destination) {
      const { workflowId } = await untilContinued(stage, destination);
      const { runId } = await stage.client.workflow.getHandle(workflowId).describe();
      return untilTold(stage.client.workflow.getHandle(workflowId, runId), 1);
    },
  },
};
