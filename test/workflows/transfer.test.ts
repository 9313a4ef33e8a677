import { CancelledFailure } from '@temporalio/common';
import { VIEW_QUERY, type TransferResult, type WorkflowView } from '../../src/contract';
import {
  failureOf,
  inputOf,
  messageIn,
  openStage,
  refusal,
  refusedPublish,
  start,
  untilCancelled,
  type Stage,
} from './stand-ins';
import { waitFor } from '../support/wait-for';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('A transfer goes through its steps and its receipt says what went where.', async () => {
  const input = inputOf({ fetchTo: '/data/back' });
  const result = (await stage.play({}, async (client) => (await start(client, input)).result())) as TransferResult;
  expect(result).toMatchObject({
    state: 'done',
    error: null,
    receipt: {
      transferId: input.transferId,
      conversationId: 'c1',
      sequence: 7,
      md5: 'm',
      fetchedTo: '/data/back/plan.jpg',
      urlRenewals: 1,
      bytesSent: 100,
      bytesFetched: 100,
      repeated: false,
    },
  });
});

test('What is refused before anything was sent closes the workflow as failed, so that the same send starts again.', async () => {
  await stage.play({ inspect: () => refusal('TOO_LARGE') }, async (client) => {
    const failure = await failureOf((await start(client, inputOf())).result());
    expect(failure).toMatchObject({ type: 'TOO_LARGE', message: 'TOO_LARGE happened' });
  });
});

test('A publish that was surely refused closes the workflow as failed.', async () => {
  await stage.play({ publish: () => refusedPublish('REQUEST_REFUSED') }, async (client) => {
    expect(await failureOf((await start(client, inputOf())).result())).toMatchObject({ type: 'REQUEST_REFUSED' });
  });
});

test('A publish whose effect is unknown is looked for before the workflow closes, and then closes as completed.', async () => {
  const publish = jest.fn(({ lookOnly }: { lookOnly: boolean }) =>
    lookOnly ? Promise.resolve(messageIn('c1', 9)) : refusal('UNTRUSTED_HOST'),
  );
  await stage.play({ publish }, async (client) => {
    const result = (await (await start(client, inputOf())).result()) as TransferResult;
    expect(result).toMatchObject({ state: 'failed', error: { code: 'UNTRUSTED_HOST' }, receipt: { sequence: 9 } });
  });
});

test('A fetch that fails for good after publishing leaves a receipt and the reason.', async () => {
  await stage.play({ fetch: () => refusal('TARGET_EXISTS') }, async (client) => {
    const result = (await (await start(client, inputOf({ fetchTo: '/data/back' }))).result()) as TransferResult;
    expect(result).toMatchObject({
      state: 'failed',
      error: { code: 'TARGET_EXISTS' },
      receipt: { sequence: 7, fetchedTo: null },
    });
  });
});

test('A conversation closed between open and publish is replaced by another one.', async () => {
  const open = jest.fn(({ doubted }: { doubted?: string }) => {
    const id = doubted === 'c1' ? 'c2' : 'c1';
    return Promise.resolve({ conversationId: id, dialogId: id, consumerId: 'sub', lastSequence: 0 });
  });
  const publish = jest.fn(({ opened: { conversationId } }: { opened: { conversationId: string } }) =>
    conversationId === 'c1' ? refusedPublish('CONVERSATION_CLOSED') : Promise.resolve(messageIn(conversationId, 0)),
  );
  await stage.play({ open, publish }, async (client) => {
    const result = (await (await start(client, inputOf())).result()) as TransferResult;
    expect(result).toMatchObject({ state: 'done', receipt: { conversationId: 'c2', sequence: 0 } });
  });
});

test('A conversation that the sender named is never replaced.', async () => {
  await stage.play({ publish: () => refusedPublish('CONVERSATION_CLOSED') }, async (client) => {
    const failure = await failureOf((await start(client, inputOf({ conversationId: 'c1' }))).result());
    expect(failure).toMatchObject({ type: 'CONVERSATION_CLOSED' });
  });
});

test('Links that storage keeps refusing make the transfer wait on a durable timer, and say so.', async () => {
  await stage.play({ upload: () => refusal('URL_REFUSED') }, async (client) => {
    const handle = await start(client, inputOf());
    const view = await waitFor(async () => {
      const now = await handle.query<WorkflowView>(VIEW_QUERY);
      return now.state === 'waiting' ? now : undefined;
    });
    expect(view).toMatchObject({ step: 'upload', error: { code: 'URL_REFUSED' }, urlRenewals: 1 });
    expect(Date.parse(view.nextTryAt!) - Date.now()).toBeGreaterThan(30_000);
    await handle.cancel();
    expect(await failureOf(handle.result())).toBeInstanceOf(CancelledFailure);
  });
});

test('Cancelled in mid-upload it closes as cancelled, after the upload has let go.', async () => {
  let reached!: () => void;
  const uploading = new Promise<void>((resolve) => {
    reached = resolve;
  });
  await stage.play({ upload: () => untilCancelled(reached) }, async (client) => {
    const handle = await start(client, inputOf());
    await uploading;
    await handle.cancel();
    expect(await failureOf(handle.result())).toBeInstanceOf(CancelledFailure);
  });
});

test('Cancelled after publishing it closes as completed and says that the message is there.', async () => {
  let reached!: () => void;
  const fetching = new Promise<void>((resolve) => {
    reached = resolve;
  });
  await stage.play({ fetch: () => untilCancelled(reached) }, async (client) => {
    const handle = await start(client, inputOf({ verify: true }));
    await fetching;
    await handle.cancel();
    const result = (await handle.result()) as TransferResult;
    expect(result).toMatchObject({ state: 'cancelled', receipt: { sequence: 7 }, error: { code: 'CANCELLED' } });
    expect(result.error!.message).toContain('message 7');
  });
});
