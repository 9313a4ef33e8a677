import { SHARED_QUEUE, type TransferResult, WORKFLOW } from '../../src/contract';
import { inState, order } from './commanding';
import { HOST, inputOf, openStage, refusal, start, type Stage } from './stand-ins';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('The receipt of a transfer is kept, as the result has it, before the transfer closes.', async () => {
  const keepReceipt = jest.fn(() => Promise.resolve());
  await stage.play({ keepReceipt }, async (client) => {
    const handle = await start(client, inputOf());
    const { receipt } = (await handle.result()) as TransferResult;
    expect(keepReceipt.mock.calls).toEqual([[{ receipt, runId: handle.firstExecutionRunId }]]);
  });
});

test('The receipt of a fetch alone is kept, too.', async () => {
  const keepReceipt = jest.fn(() => Promise.resolve());
  await stage.play({ keepReceipt }, async (client) => {
    const input = {
      transferId: 'fetch-1',
      account: 'acme',
      consumer: 'ops',
      host: HOST,
      relativePath: '/v1/AUTH_a/c/x.JPG',
      target: '/data/in/x.jpg',
      expected: null,
      of: null,
      deadlineMs: 600_000,
    };
    const handle = await client.workflow.start(WORKFLOW.fetch, {
      workflowId: 'fetch-1',
      taskQueue: SHARED_QUEUE,
      args: [input],
    });
    const { receipt } = (await handle.result()) as TransferResult;
    expect(keepReceipt.mock.calls).toEqual([[{ receipt, runId: handle.firstExecutionRunId }]]);
  });
});

test('A published transfer that fails afterwards has its receipt kept.', async () => {
  const keepReceipt = jest.fn(() => Promise.resolve());
  await stage.play({ keepReceipt, fetch: () => refusal('OBJECT_MISSING') }, async (client) => {
    const result = (await (await start(client, inputOf({ verify: true }))).result()) as TransferResult;
    expect(result).toMatchObject({ state: 'failed', receipt: { sequence: 7 } });
    expect(keepReceipt).toHaveBeenCalledTimes(1);
  });
});

test('A receipt that cannot be kept parks the transfer, which publishes nothing again when it is retried.', async () => {
  let full = true;
  const keepReceipt = jest.fn(() => (full ? refusal('DISK_FULL') : Promise.resolve()));
  const publish = jest.fn(() => Promise.resolve({ sequence: 7, conversationId: 'c1', dialogId: 'c1' }));
  await stage.play({ keepReceipt, publish }, async (client) => {
    const handle = await start(client, inputOf());
    const view = await inState(handle, 'parked');
    expect(view).toMatchObject({ published: true, error: { code: 'DISK_FULL' } });
    full = false;
    await order(handle, 'retry');
    expect(await handle.result()).toMatchObject({ state: 'done', receipt: { sequence: 7 } });
    expect(publish).toHaveBeenCalledTimes(1);
  });
});

test('A cancelled transfer that was published ends although its receipt cannot be kept.', async () => {
  await stage.play({ keepReceipt: () => refusal('DISK_FULL') }, async (client) => {
    const handle = await start(client, inputOf());
    await inState(handle, 'parked');
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ state: 'cancelled', receipt: { sequence: 7 } });
  });
});
