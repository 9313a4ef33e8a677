import { ApplicationFailure } from '@temporalio/common';
import { type KeepReceiptInput, RECEIPT_MEMO, SHARED_QUEUE, type TransferResult, WORKFLOW } from '../../src/contract';
import { inState, order } from './commanding';
import { HOST, inputOf, messageIn, openStage, refusal, start, type Stage } from './stand-ins';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const publishOnly = () => Promise.resolve(messageIn('c1', 7, false));

test('A receipt that the publish could not keep is kept, as the result has it, before the transfer closes.', async () => {
  const keepReceipt = jest.fn(() => Promise.resolve());
  await stage.play({ keepReceipt, publish: publishOnly }, async (client) => {
    const handle = await start(client, inputOf());
    const { receipt } = (await handle.result()) as TransferResult;
    expect(keepReceipt.mock.calls).toEqual([[{ receipt, runId: handle.firstExecutionRunId, sendKey: null }]]);
  });
});

test('A receipt that the publish has kept is kept again only when a fetch has added to it.', async () => {
  const keepReceipt = jest.fn<Promise<void>, [KeepReceiptInput]>(() => Promise.resolve());
  await stage.play({ keepReceipt }, async (client) => {
    await (await start(client, inputOf())).result();
    expect(keepReceipt).not.toHaveBeenCalled();
    await (await start(client, inputOf({ fetchTo: '/data/back' }))).result();
    expect(keepReceipt.mock.calls.map(([{ receipt }]) => receipt.fetchedTo)).toEqual(['/data/back/plan.jpg']);
  });
});

test('The memo of a closed transfer has its receipt, so that a list needs no history.', async () => {
  await stage.play({}, async (client) => {
    const handle = await start(client, inputOf());
    const { receipt } = (await handle.result()) as TransferResult;
    expect((await handle.describe()).memo).toEqual({ [RECEIPT_MEMO]: receipt });
  });
});

test('A disk for receipts that hangs for a while does not park the transfer.', async () => {
  let attempts = 0;
  const keepReceipt = jest.fn(() => {
    attempts += 1;
    if (attempts > 1) return Promise.resolve();
    return Promise.reject(ApplicationFailure.create({ type: 'INTERNAL', message: 'EIO', nextRetryDelay: 50 }));
  });
  await stage.play({ keepReceipt, publish: publishOnly }, async (client) => {
    expect(await (await start(client, inputOf())).result()).toMatchObject({ state: 'done' });
    expect(keepReceipt).toHaveBeenCalledTimes(2);
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
  await stage.play({ keepReceipt, publish: publishOnly, fetch: () => refusal('OBJECT_MISSING') }, async (client) => {
    const result = (await (await start(client, inputOf({ verify: true }))).result()) as TransferResult;
    expect(result).toMatchObject({ state: 'failed', receipt: { sequence: 7 } });
    expect(keepReceipt).toHaveBeenCalledTimes(1);
  });
});

test('A receipt that cannot be kept parks the transfer, which publishes nothing again when it is retried.', async () => {
  let full = true;
  const keepReceipt = jest.fn(() => (full ? refusal('DISK_FULL') : Promise.resolve()));
  const publish = jest.fn(publishOnly);
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
  await stage.play({ keepReceipt: () => refusal('DISK_FULL'), publish: publishOnly }, async (client) => {
    const handle = await start(client, inputOf());
    await inState(handle, 'parked');
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ state: 'cancelled', receipt: { sequence: 7 } });
  });
});
