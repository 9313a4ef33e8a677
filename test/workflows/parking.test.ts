import { ApplicationFailure } from '@temporalio/common';
import { VIEW_QUERY, type TransferResult, type WorkflowView } from '../../src/contract';
import { inState, order, refusedWith } from './commanding';
import { failureOf, HOST, inputOf, messageIn, openStage, refusal, start, type Stage } from './stand-ins';
import { waitFor } from '../support/wait-for';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Refuses the first times, then does as usual. */
function mending<Input, Output>(codes: readonly string[], work: (input: Input) => Output) {
  let calls = 0;
  return jest.fn((input: Input) => {
    calls += 1;
    const code = codes[calls - 1];
    return code === undefined ? Promise.resolve(work(input)) : refusal(code);
  });
}

const sent = (input: { opened: { conversationId: string; dialogId: string } }) =>
  messageIn(input.opened.conversationId);

test('What a person can mend parks the transfer, and a retry goes on from the step where it stood.', async () => {
  const inspect = jest.fn(() =>
    Promise.resolve({
      source: '/data/plan.jpg',
      name: 'plan.jpg',
      sizeBytes: 1,
      mtimeMs: 1,
      inode: 1,
      fileType: 'JPG',
      notes: [],
    }),
  );
  const open = mending(['CREDENTIALS_REFUSED', 'CREDENTIALS_REFUSED'], () => ({
    conversationId: 'c1',
    dialogId: 'c1',
    consumerId: 'sub',
    lastSequence: 0,
  }));
  await stage.play({ inspect, open }, async (client) => {
    const handle = await start(client, inputOf());
    const view = await inState(handle, 'parked');
    expect(view).toMatchObject({ step: 'open', error: { code: 'CREDENTIALS_REFUSED', remedy: expect.any(String) } });
    const { searchAttributes, memo } = await handle.describe();
    expect(searchAttributes['FerryState']).toEqual(['parked']);
    expect(memo).toMatchObject({ parked: { code: 'CREDENTIALS_REFUSED', message: 'CREDENTIALS_REFUSED happened' } });
    await order(handle, 'retry');
    await waitFor(() => (open.mock.calls.length === 2 ? true : undefined));
    await inState(handle, 'parked');
    await order(handle, 'retry');
    expect(await handle.result()).toMatchObject({ state: 'done', receipt: { sequence: 7 } });
    expect(inspect).toHaveBeenCalledTimes(1);
  });
});

test('A parked transfer adds nothing to its history however long it waits.', async () => {
  await stage.play({ open: () => refusal('ACCOUNT_BLOCKED') }, async (client) => {
    const handle = await start(client, inputOf());
    await inState(handle, 'parked');
    const before = (await handle.describe()).historyLength;
    for (let looks = 0; looks < 10; looks += 1) await handle.query(VIEW_QUERY);
    expect((await handle.describe()).historyLength).toBe(before);
    await handle.cancel();
    expect(await failureOf(handle.result())).toMatchObject({ name: 'CancelledFailure' });
  });
});

test('What can never succeed fails at once.', async () => {
  await stage.play({ inspect: () => refusal('TYPE_NOT_ALLOWED') }, async (client) => {
    expect(await failureOf((await start(client, inputOf())).result())).toMatchObject({ type: 'TYPE_NOT_ALLOWED' });
  });
});

test('A publish that parked looks first when it is retried, for the message may be there.', async () => {
  const publish = mending(['CREDENTIALS_REFUSED'], sent);
  await stage.play({ publish }, async (client) => {
    const handle = await start(client, inputOf());
    expect(await inState(handle, 'parked')).toMatchObject({ step: 'publish', published: false });
    await order(handle, 'retry');
    expect(await handle.result()).toMatchObject({ state: 'done', receipt: { sequence: 7 } });
    expect(publish.mock.calls.map(([input]) => (input as unknown as { lookFirst: boolean }).lookFirst)).toEqual([
      false,
      true,
    ]);
  });
});

test('A fetch that parked after publishing goes on by a retry, and nothing is published again.', async () => {
  const publish = jest.fn((input: Parameters<typeof sent>[0]) => Promise.resolve(sent(input)));
  const fetch = mending(['DISK_FULL'], ({ target }: { target: string | null }) => ({
    fetchedTo: target,
    sizeBytes: 100,
    md5: 'm',
    sha256: 's',
    urlRenewals: 0,
    bytesFetched: 100,
  }));
  await stage.play({ publish, fetch }, async (client) => {
    const handle = await start(client, inputOf({ fetchTo: '/data/back' }));
    expect(await inState(handle, 'parked')).toMatchObject({ step: 'fetch', published: true, sequence: 7 });
    await order(handle, 'retry');
    const result = (await handle.result()) as TransferResult;
    expect(result.receipt).toMatchObject({ fetchedTo: '/data/back/plan.jpg', sequence: 7 });
    expect(publish).toHaveBeenCalledTimes(1);
  });
});

test('Sharing found off at a later step is looked at, and switched on where that is allowed, by the retry.', async () => {
  const enable = jest.fn(() => Promise.resolve({ skipped: null }));
  const requestUploadUrl = mending(['FILE_SHARING_OFF'], () => ({
    relativePath: '/v1/AUTH_a/c/x.JPG',
    sealed: 's',
    expiresAt: 4_102_444_800,
  }));
  await stage.play({ enable, requestUploadUrl }, async (client) => {
    const handle = await start(client, inputOf());
    await inState(handle, 'parked');
    await order(handle, 'retry');
    expect(await handle.result()).toMatchObject({ state: 'done' });
    expect(enable).toHaveBeenCalledTimes(2);
  });
});

test('A deadline that passes while a step keeps failing parks with the last reason; a retry gives as much time again.', async () => {
  let down = true;
  const open = (): Promise<{ conversationId: string; dialogId: string; consumerId: string; lastSequence: number }> =>
    down
      ? Promise.reject(
          ApplicationFailure.create({ type: 'MESSAGING_UNAVAILABLE', message: 'refused', nextRetryDelay: 900 }),
        )
      : Promise.resolve({ conversationId: 'c1', dialogId: 'c1', consumerId: 'sub', lastSequence: 0 });
  await stage.play({ open }, async (client) => {
    const handle = await start(client, inputOf({ deadlineMs: 4000 }));
    const view = await inState(handle, 'parked');
    expect(view.error).toMatchObject({ code: 'DEADLINE_PASSED', message: expect.stringContaining('refused') });
    down = false;
    await order(handle, 'retry');
    expect(await handle.result()).toMatchObject({ state: 'done' });
  });
});

test('Impossible commands are refused with a sentence and do not enter history.', async () => {
  await stage.play({ open: () => refusal('ACCOUNT_BLOCKED') }, async (client) => {
    const handle = await start(client, inputOf());
    await inState(handle, 'parked');
    const before = (await handle.describe()).historyLength;
    expect(await refusedWith(order(handle, 'resume'))).toMatchObject({
      type: 'COMMAND_IMPOSSIBLE',
      message: 'The transfer is parked, not paused: a retry goes on with it.',
    });
    expect(await refusedWith(order(handle, 'pause'))).toMatchObject({ type: 'COMMAND_IMPOSSIBLE' });
    expect((await handle.describe()).historyLength).toBe(before);
    await handle.cancel();
  });
});

test('A transfer goes on on another host after its copy of the source was compared there.', async () => {
  const looked: unknown[] = [];
  const inspect = jest.fn((input: { source: { sizeBytes: number | null; mtimeMs: number | null } }) => {
    looked.push([input.source.sizeBytes, input.source.mtimeMs]);
    return Promise.resolve({
      source: '/data/plan.jpg',
      name: 'plan.jpg',
      sizeBytes: 100,
      mtimeMs: 5,
      inode: 1,
      fileType: 'JPG',
      notes: [],
    });
  });
  const upload = mending(['SOURCE_UNREADABLE'], () => ({
    relativePath: '/v1/AUTH_a/c/x.JPG',
    md5: 'm',
    sha256: 's',
    urlRenewals: 0,
    bytesSent: 100,
  }));
  await stage.play({ inspect, upload }, async (client) => {
    const source = { path: '/data/plan.jpg', sizeBytes: null, mtimeMs: null, inode: null };
    const handle = await start(client, inputOf({ source }));
    await inState(handle, 'parked');
    await stage.playHost('other', { inspect, upload }, async () => {
      await order(handle, 'retry', 'other');
      expect(await handle.result()).toMatchObject({ state: 'done', receipt: { host: 'other' } });
    });
    expect(looked).toEqual([
      [null, null],
      [100, 5],
    ]);
  });
});

test('A host whose file is another one is refused: the transfer stays where it is, parked, and says why.', async () => {
  await stage.play({ open: () => refusal('ACCOUNT_BLOCKED') }, async (client) => {
    const handle = await start(client, inputOf());
    await inState(handle, 'parked');
    await stage.playHost('wrong', { inspect: () => refusal('SOURCE_CHANGED') }, async () => {
      await order(handle, 'retry', 'wrong');
      const view = await waitFor(async () => {
        const now = await handle.query<WorkflowView>(VIEW_QUERY);
        return now.error?.code === 'SOURCE_CHANGED' ? now : undefined;
      });
      expect(view).toMatchObject({
        state: 'parked',
        host: HOST,
        error: { message: expect.stringContaining('host wrong') },
      });
      await handle.cancel();
    });
  });
});

test('A transfer whose host is gone is taken over by another one.', async () => {
  const input = inputOf({ host: 'gone' });
  await stage.play({}, async (client) => {
    const handle = await start(client, input);
    await order(handle, 'retry', HOST);
    expect(await handle.result()).toMatchObject({ state: 'done', receipt: { host: HOST } });
  });
});
