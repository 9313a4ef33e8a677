/** What the workflow makes of a publish that fails: what is sent again, what is replaced, and how it closes. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type {
  OpenedAt,
  OpenInput,
  PublishFacts,
  PublishInput,
  PublishResult,
  TransferResult,
} from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { inState, order } from './commanding';
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

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const opened = { conversationId: 'c1', dialogId: 'c1', consumerId: 'sub', lastSequence: 0 };
const nothingSent: PublishFacts = { effect: 'none', unsettledUntil: null, refusedLooks: 0 };

test.each(['NOT_PARTICIPANT', 'CONVERSATION_UNKNOWN', 'CONVERSATION_CLOSED'])(
  'A publish refused with %s fails once and opens no other conversation while the conversation is open.',
  async (code) => {
    const open = jest.fn<Promise<OpenedAt>, [OpenInput]>(() => Promise.resolve(opened));
    const publish = jest.fn(() => refusedPublish(code));
    await stage.play({ open, publish }, async (client) => {
      expect(await failureOf((await start(client, inputOf())).result())).toMatchObject({ type: code });
    });
    expect(publish).toHaveBeenCalledTimes(1);
    expect(open.mock.calls.map(([{ closed, doubted }]) => ({ closed, doubted }))).toEqual([
      { closed: [], doubted: undefined },
      { closed: [], doubted: 'c1' },
    ]);
  },
);

test('After a change of identity the file is uploaded again, for the new identity may not publish what the old one uploaded.', async () => {
  const open = jest.fn(({ doubted }: OpenInput) =>
    Promise.resolve(
      doubted === undefined ? opened : { ...opened, conversationId: 'c2', dialogId: 'c2', consumerId: 'new' },
    ),
  );
  let uploads = 0;
  const upload = jest.fn(() => {
    uploads += 1;
    const relativePath = `/v1/AUTH_a/c/${uploads}.JPG`;
    return Promise.resolve({ relativePath, md5: 'm', sha256: 's', urlRenewals: 0, bytesSent: 100 });
  });
  const publish = jest.fn(({ opened: { conversationId }, relativePath }: PublishInput) =>
    relativePath.endsWith('/1.JPG') ? refusedPublish('NOT_PARTICIPANT') : Promise.resolve(messageIn(conversationId)),
  );
  await stage.play({ open, upload, publish }, async (client) => {
    const result = (await (await start(client, inputOf())).result()) as TransferResult;
    expect(result).toMatchObject({
      state: 'done',
      receipt: { conversationId: 'c2', relativePath: '/v1/AUTH_a/c/2.JPG', bytesSent: 200 },
    });
  });
  expect(upload).toHaveBeenCalledTimes(2);
});

test('A refusal that does not answer the publish replaces nothing and closes with what the last look found.', async () => {
  const open = jest.fn(() => Promise.resolve(opened));
  const publish = jest.fn(({ lookOnly }: PublishInput) =>
    lookOnly ? Promise.resolve(messageIn('c1', 9)) : refusal('NOT_PARTICIPANT', { ...nothingSent, effect: 'unknown' }),
  );
  await stage.play({ open, publish }, async (client) => {
    const result = (await (await start(client, inputOf())).result()) as TransferResult;
    expect(result).toMatchObject({ state: 'failed', error: { code: 'NOT_PARTICIPANT' }, receipt: { sequence: 9 } });
  });
  expect(open).toHaveBeenCalledTimes(1);
});

test('When the last look is refused as well, the result says that nobody knows.', async () => {
  const publish = () => refusal('REQUEST_REFUSED', { ...nothingSent, effect: 'unknown' });
  await stage.play({ publish }, async (client) => {
    const result = (await (await start(client, inputOf())).result()) as TransferResult;
    expect(result).toMatchObject({ state: 'failed', receipt: null, error: { code: 'REQUEST_REFUSED' } });
    expect(result.error?.message).toContain('Whether the file was published before is not known.');
    expect(result.error?.remedy).toContain('--again');
  });
});

test('A publish that failed before its frame left closes the workflow as failed, without a look.', async () => {
  const publish = jest.fn(() => refusal('UNTRUSTED_HOST', nothingSent));
  await stage.play({ publish }, async (client) => {
    expect(await failureOf((await start(client, inputOf())).result())).toMatchObject({ type: 'UNTRUSTED_HOST' });
  });
  expect(publish).toHaveBeenCalledTimes(1);
});

test('Cancelled before a frame left, the transfer closes as cancelled, so that the same send starts again.', async () => {
  let reached!: () => void;
  const publishing = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const publish = () =>
    untilCancelled(reached).catch((error: unknown) => {
      throw new CancelledFailure('cancelled', [nothingSent], error as Error);
    });
  await stage.play({ publish }, async (client) => {
    const handle = await start(client, inputOf());
    await publishing;
    await handle.cancel();
    expect(await failureOf(handle.result())).toBeInstanceOf(CancelledFailure);
  });
});

test('Of a publish that the deadline cut off, a look is not believed before it has settled.', async () => {
  const unsettledUntil = Date.now() + 50_000;
  const seen: PublishInput[] = [];
  const publish = async (input: PublishInput) => {
    seen.push(input);
    if (seen.length > 1) return messageIn('c1');
    Context.current().heartbeat({ effect: 'unknown', unsettledUntil, refusedLooks: 0 });
    // As a frozen worker: it neither ends nor says anything more.
    return await Context.current().cancelled;
  };
  await stage.play({ publish }, async (client) => {
    const handle = await start(client, inputOf({ deadlineMs: 3000 }));
    await inState(handle, 'parked');
    await order(handle, 'retry');
    expect(await handle.result()).toMatchObject({ state: 'done' });
  });
  expect(seen.map(({ lookFirst, settledAt }) => ({ lookFirst, settledAt }))).toEqual([
    { lookFirst: false, settledAt: null },
    { lookFirst: true, settledAt: unsettledUntil },
  ]);
});

test('A publish that waits for its frames to settle does not wait anew when it is paused again.', async () => {
  const seen: PublishInput[] = [];
  const publish = async (input: PublishInput): Promise<PublishResult> => {
    seen.push(input);
    return seen.length > 3 ? messageIn('c1') : await untilCancelled(() => undefined);
  };
  await stage.play({ publish }, async (client) => {
    const handle = await start(client, inputOf());
    for (const begun of [1, 2, 3]) {
      await waitFor(() => (seen.length === begun ? true : undefined));
      await order(handle, 'pause');
      await inState(handle, 'paused');
      await order(handle, 'resume');
    }
    expect(await handle.result()).toMatchObject({ state: 'done' });
  });
  const [, guessed, ...later] = seen;
  const { settledAt, isSettledAtGuessed } = guessed!;
  expect(isSettledAtGuessed).toBe(true);
  expect(later.map((input) => input.settledAt)).toEqual([settledAt, settledAt]);
});

test('Cancelled between two attempts of a publish, whose frames nobody tells of, the last look waits until all has settled.', async () => {
  const publish = jest.fn(({ lookOnly }: PublishInput) =>
    lookOnly
      ? Promise.resolve(null)
      : Promise.reject(
          ApplicationFailure.create({ type: 'ANSWER_LOST', message: 'lost', nextRetryDelay: 60_000, details: [{}] }),
        ),
  );
  await stage.play({ publish }, async (client) => {
    const handle = await start(client, inputOf());
    const began = Date.now();
    await waitFor(() => (publish.mock.calls.length === 1 ? true : undefined));
    await handle.cancel();
    const result = (await handle.result()) as TransferResult;
    expect(result.error?.message).toContain('had not been published');
    const [look] = publish.mock.calls.at(-1) as [PublishInput];
    expect(look).toMatchObject({ lookOnly: true });
    expect(look.settledAt! - began).toBeGreaterThan(60_000);
  });
});

test.each(['DIGEST_MISMATCH', 'STALLED'])('An upload that has given up with %s parks the transfer.', async (code) => {
  let mended = false;
  const upload = () =>
    mended
      ? Promise.resolve({ relativePath: '/v1/AUTH_a/c/x.JPG', md5: 'm', sha256: 's', urlRenewals: 0, bytesSent: 1 })
      : refusal(code);
  await stage.play({ upload }, async (client) => {
    const handle = await start(client, inputOf());
    expect(await inState(handle, 'parked')).toMatchObject({
      step: 'upload',
      error: { code, remedy: expect.stringContaining('ferry retry ID') },
    });
    mended = true;
    await order(handle, 'retry');
    expect(await handle.result()).toMatchObject({ state: 'done' });
  });
});
