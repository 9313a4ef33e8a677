import type { Client } from '@temporalio/client';
import {
  addressed,
  NOTICES_SIGNAL,
  noticesWorkflowId,
  SHARED_QUEUE,
  WORKFLOW,
  type DeliverNoticeInput,
  type DeliverNoticeResult,
  type Notice,
} from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { openStage, type Stage } from './stand-ins';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const notice: Notice = { account: 'acme', reason: 'parked', count: 1, code: 'DISK_FULL', ids: ['t'], text: null };

async function signal(client: Client, destination: string, notices: readonly Notice[]) {
  return await client.workflow.signalWithStart(WORKFLOW.notices, {
    workflowId: noticesWorkflowId(destination),
    taskQueue: SHARED_QUEUE,
    args: [addressed(WORKFLOW.notices, { destination })],
    signal: NOTICES_SIGNAL,
    signalArgs: [addressed(NOTICES_SIGNAL, { notices })],
  });
}

function delivering(answers: readonly DeliverNoticeResult[] = []) {
  const got: DeliverNoticeInput[] = [];
  const deliverNotice = async (input: DeliverNoticeInput): Promise<DeliverNoticeResult> => {
    got.push(input);
    return answers[got.length - 1] ?? { outcome: 'delivered', stopped: null };
  };
  return { got, deliverNotice };
}

test('Many signals at once are one message, and what follows waits for the quiet time.', async () => {
  const { got, deliverNotice } = delivering();
  await stage.play({ deliverNotice }, async (client) => {
    const hundred = Array.from({ length: 100 }, () => notice);
    await Promise.all(Array.from({ length: 40 }, () => signal(client, 'many', hundred)));
    await waitFor(() => (got.length > 0 ? true : undefined));
    await signal(client, 'many', [notice]);
    const handle = client.workflow.getHandle(noticesWorkflowId('many'));
    await waitFor(async () => ((await handle.describe()).historyLength > 45 ? true : undefined));
    expect(got.map(({ group, destination }) => [destination, group.reason, group.count])).toEqual([
      ['many', 'parked', 4000],
    ]);
    expect(got[0]?.messageId).toMatch(/^msg_[0-9a-f]{32}$/);
  });
}, 60_000);

test('After 410 the entity stays and gives the stopped URL to every later delivery.', async () => {
  const stopped = { fingerprint: 'abc', at: '2026-03-01T10:00:00.000Z' };
  const { got, deliverNotice } = delivering([{ outcome: 'stopped', stopped }]);
  await stage.play({ deliverNotice }, async (client) => {
    await signal(client, 'gone', [notice]);
    await waitFor(() => (got.length === 1 ? true : undefined));
    await signal(client, 'gone', [{ ...notice, account: 'other' }]);
    await waitFor(() => (got.length === 2 ? true : undefined));
    expect(got.map((input) => input.stopped)).toEqual([null, stopped]);
  });
}, 60_000);
