import { ActivityCancelledError, ActivityNotFoundError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHostActivities, type ActivityDeps } from '../../src/activities';
import { FerryError } from '../../src/errors';
import type { ConsumerSession, FileMessage, PublishFileRequest } from '../../src/liveperson/types';
import type { PublishInput } from '../../src/contract';
import { failureOf, fakeDeps, runAttempt, type FakeParts } from './support';

const token = { jwt: 'j', consumerId: 'sub', expiresAt: null };
const input: PublishInput = {
  account: 'acme',
  consumer: 'ops',
  transferId: 't',
  opened: { conversationId: 'c1', dialogId: 'c1', consumerId: 'sub', lastSequence: 4 },
  file: { source: '/none/plan.pdf', name: 'plan.pdf', sizeBytes: 5, mtimeMs: 1, inode: 1, fileType: 'PDF', notes: [] },
  relativePath: '/v1/AUTH_a/c/x.PDF',
  caption: '',
  lookFirst: false,
  lookOnly: false,
  settledAt: null,
  receipt: {
    transferId: 't',
    source: '/none/plan.pdf',
    host: 'h',
    account: 'acme',
    consumer: 'ops',
    relativePath: '/v1/AUTH_a/c/x.PDF',
    caption: '',
    fileType: 'PDF',
    sizeBytes: 5,
    md5: 'm',
    sha256: 's',
    fetchedTo: null,
    urlRenewals: 0,
    bytesSent: 5,
    bytesFetched: 0,
    repeated: false,
    startedAt: '2026-01-02T03:04:05.000Z',
  },
};

type Publish = (request: PublishFileRequest) => Promise<{ sequence: number }>;

/** The request as the library makes it: the fence first, then the permission, then the frame. */
async function leave({ beforeSend, permit }: PublishFileRequest): Promise<void> {
  await beforeSend?.();
  permit?.();
}

function answered(code: FerryError['code'], answerCode: number): FerryError {
  return new FerryError(code, `answered ${answerCode}`, { details: { operation: 'publish', answerCode } });
}

function stage(publishFile: Publish, found: { sequence: number } | null = null, parts: FakeParts = {}) {
  const findFileMessages = jest.fn<Promise<readonly FileMessage[]>, unknown[]>(() =>
    Promise.resolve(found === null ? [] : [{ ...found, originatorId: 'sub', relativePath: input.relativePath }]),
  );
  const keep = jest.fn(parts.receipts ?? (() => Promise.resolve()));
  const confirmHeartbeat = jest.fn(parts.confirmHeartbeat ?? (() => Promise.resolve()));
  const renew = jest.fn(() => Promise.resolve({ ...token, jwt: 'fresh' }));
  const deps = fakeDeps({
    liveperson: { findFileMessages },
    consumers: {
      token: () => Promise.resolve(token),
      renew: renew as ActivityDeps['consumers']['renew'],
      session: () => ({ publishFile }) as unknown as ConsumerSession,
      sawSequence: () => undefined,
    },
    ...(parts.ledger === undefined ? {} : { ledger: parts.ledger }),
    receipts: keep,
    confirmHeartbeat,
  });
  return { findFileMessages, renew, keep, confirmHeartbeat, publish: createHostActivities(deps).publish };
}

const factsOf = ({ details }: { readonly details?: unknown[] | null | undefined }): unknown => details?.[0];

const answers = (sequence: number): jest.MockedFunction<Publish> =>
  jest.fn(async (request) => {
    await leave(request);
    return { sequence };
  });

describe('Publish', () => {
  afterEach(() => jest.restoreAllMocks());

  test('sends at once in a certain first attempt', async () => {
    const { publish, findFileMessages } = stage(answers(5));
    await expect(runAttempt(publish, input)).resolves.toMatchObject({
      sequence: 5,
      conversationId: 'c1',
      dialogId: 'c1',
    });
    expect(findFileMessages).not.toHaveBeenCalled();
  });

  test('looks in every later attempt and does not send what is there', async () => {
    const send = answers(6);
    const { publish, findFileMessages } = stage(send, { sequence: 5 });
    await expect(runAttempt(publish, input, { attempt: 2 })).resolves.toMatchObject({ sequence: 5 });
    expect(findFileMessages).toHaveBeenCalledWith(expect.anything(), token, expect.objectContaining({ fromSeq: 4 }));
    expect(send).not.toHaveBeenCalled();
  });

  test('looks first when an earlier scheduling may have run, even as attempt 1', async () => {
    const { publish, findFileMessages } = stage(answers(5));
    await runAttempt(publish, { ...input, lookFirst: true });
    expect(findFileMessages).toHaveBeenCalledTimes(1);
  });

  describe('that the service cut off', () => {
    const closed = (closeCode: number, more = {}): FerryError =>
      new FerryError('ANSWER_LOST', 'closed', { details: { operation: 'publish', closeCode, ...more } });
    const losing = (times: number, error: FerryError) => {
      const send = answers(6);
      for (let time = 0; time < times; time += 1) {
        send.mockImplementationOnce(async (request) => {
          await leave(request);
          throw error;
        });
      }
      return send;
    };

    test('is looked for within the attempt, and not sent again when it is there', async () => {
      const send = losing(1, closed(1001));
      const { publish, findFileMessages } = stage(send, { sequence: 5 });
      await expect(runAttempt(publish, input)).resolves.toMatchObject({ sequence: 5 });
      expect(findFileMessages).toHaveBeenCalledTimes(1);
      expect(send).toHaveBeenCalledTimes(1);
    });

    test('is sent again within the attempt when it is not there', async () => {
      const send = losing(1, closed(1001));
      const { publish, findFileMessages, confirmHeartbeat } = stage(send);
      await expect(runAttempt(publish, input)).resolves.toMatchObject({ sequence: 6 });
      expect(findFileMessages).toHaveBeenCalledTimes(1);
      expect(send).toHaveBeenCalledTimes(2);
      expect(confirmHeartbeat).toHaveBeenCalledTimes(2);
    });

    test('is looked for after a second loss as well', async () => {
      const { publish, findFileMessages } = stage(losing(2, closed(1001)));
      await expect(runAttempt(publish, input)).resolves.toMatchObject({ sequence: 6 });
      expect(findFileMessages).toHaveBeenCalledTimes(2);
    });

    test('is left to the next attempt after a third loss', async () => {
      const send = losing(3, closed(1001));
      const failure = await failureOf(runAttempt(stage(send).publish, input));
      expect(failure).toMatchObject({ type: 'ANSWER_LOST', nonRetryable: false });
      expect(Number(failure.nextRetryDelay)).toBeGreaterThanOrEqual(4000);
      expect(factsOf(failure)).toMatchObject({ effect: 'unknown', unsettledUntil: null });
      expect(send).toHaveBeenCalledTimes(3);
    });

    test.each([
      ['in a later attempt', losing(1, closed(1001)), { attempt: 2 }],
      ['when the service may still carry it out', losing(1, closed(1006, { mayTakeEffectLater: true })), {}],
      ['when the answer was not cut off', losing(1, new FerryError('ANSWER_LOST', 'no answer')), {}],
    ])('is left to the next attempt %s', async (_, send, info) => {
      const failure = await failureOf(runAttempt(stage(send).publish, input, info));
      expect(failure).toMatchObject({ type: 'ANSWER_LOST', nonRetryable: false });
      expect(send).toHaveBeenCalledTimes(1);
    });
  });

  test('never sends when it is asked to look only', async () => {
    const send = answers(5);
    await expect(runAttempt(stage(send).publish, { ...input, lookFirst: true, lookOnly: true })).resolves.toBeNull();
    expect(send).not.toHaveBeenCalled();
  });

  test.each([
    ['monotonic', () => jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 10_001)],
    ['wall', () => jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 10_001)],
    ['set-back wall', () => jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 10_001)],
  ])('does not let the frame leave 10 s after the confirmed heartbeat was sent, by the %s clock', async (_, turn) => {
    const left = jest.fn();
    const { publish } = stage(
      async (request) => {
        await leave(request);
        left();
        return { sequence: 5 };
      },
      null,
      // The server's answer takes long, or the process was stopped after it.
      { confirmHeartbeat: () => Promise.resolve(void turn()) },
    );
    const failure = await failureOf(runAttempt(publish, input));
    expect(failure).toMatchObject({ type: 'STALLED', nonRetryable: false });
    expect(factsOf(failure)).toMatchObject({ effect: 'none', unsettledUntil: null });
    expect(left).not.toHaveBeenCalled();
  });

  test('tells the server that a frame may leave before one does', async () => {
    const { publish, confirmHeartbeat } = stage(answers(5));
    await runAttempt(publish, input);
    expect(confirmHeartbeat).toHaveBeenCalledTimes(1);
    const [, facts] = confirmHeartbeat.mock.calls[0] as unknown as [Uint8Array, { unsettledUntil: number }];
    expect(facts).toMatchObject({ effect: 'unknown' });
    expect(facts.unsettledUntil - Date.now()).toBeGreaterThan(60_000);
  });

  test('does not let the frame leave when the server has started another attempt', async () => {
    const send = answers(5);
    const { publish } = stage(send, null, {
      confirmHeartbeat: () => Promise.reject(new ActivityNotFoundError('gone')),
    });
    const failure = await failureOf(runAttempt(publish, input));
    expect(failure).toMatchObject({ type: 'STALLED', nonRetryable: false });
    expect(factsOf(failure)).toMatchObject({ effect: 'none' });
  });

  test('stops with the reason when the confirmation says that it is cancelled', async () => {
    const environment = new MockActivityEnvironment({ attempt: 1 }, { logger: new DefaultLogger('ERROR') });
    const { publish } = stage(answers(5), null, {
      confirmHeartbeat: () => {
        setImmediate(() => environment.cancel());
        return Promise.reject(new ActivityCancelledError('cancelled'));
      },
    });
    await expect(environment.run(publish, input)).rejects.toThrow(CancelledFailure);
  });

  test('sends again with a fresh token when the old one was refused before the frame left', async () => {
    const send = answers(5);
    send.mockRejectedValueOnce(new FerryError('TOKEN_EXPIRED', 'expired'));
    const { publish, renew } = stage(send);
    await expect(runAttempt(publish, input)).resolves.toMatchObject({ sequence: 5 });
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test('does not send again when the token expired after the frame had left', async () => {
    const send: jest.MockedFunction<Publish> = jest.fn(async (request) => {
      await leave(request);
      throw new FerryError('TOKEN_EXPIRED', 'closed 4401');
    });
    expect(await failureOf(runAttempt(stage(send).publish, input))).toMatchObject({
      type: 'ANSWER_LOST',
      nonRetryable: false,
    });
    expect(send).toHaveBeenCalledTimes(1);
  });

  test('waits for the answer of a frame that has left although it is told to stop meanwhile', async () => {
    const environment = new MockActivityEnvironment({ attempt: 1 }, { logger: new DefaultLogger('ERROR') });
    const { publish } = stage(async (request) => {
      await leave(request);
      environment.cancel();
      await new Promise(setImmediate);
      request.signal!.throwIfAborted();
      return { sequence: 5 };
    });
    await expect(environment.run(publish, input)).resolves.toMatchObject({ sequence: 5 });
  });

  test('stops at once while nothing has left', async () => {
    const environment = new MockActivityEnvironment({ attempt: 1 }, { logger: new DefaultLogger('ERROR') });
    const left = jest.fn();
    const { publish } = stage(async (request) => {
      environment.cancel();
      await new Promise(setImmediate);
      request.signal!.throwIfAborted();
      left();
      return { sequence: 5 };
    });
    await expect(environment.run(publish, input)).rejects.toThrow(CancelledFailure);
    expect(left).not.toHaveBeenCalled();
  });

  test('waits longer after each failure, although the looks between them go well', async () => {
    const { publish } = stage(() => Promise.reject(new FerryError('MESSAGING_UNAVAILABLE', 'answered 503')));
    const first = await failureOf(runAttempt(publish, input));
    const afterItsPause = performance.now() + 6500;
    jest.spyOn(performance, 'now').mockReturnValue(afterItsPause);
    const second = await failureOf(runAttempt(publish, input, { attempt: 2 }));
    // 5 s and 10 s, each spread by a fifth.
    expect(first.nextRetryDelay).toBeLessThanOrEqual(6001);
    expect(second.nextRetryDelay).toBeGreaterThanOrEqual(8000);
  });

  test.each([
    ['CONVERSATION_CLOSED', 400, 'refused'],
    ['NOT_PARTICIPANT', 403, 'refused'],
    ['REQUEST_REFUSED', 409, 'refused'],
    ['MESSAGING_UNAVAILABLE', 503, 'unknown'],
  ] as const)('says of %s in answer to the frame (%i) that its effect is %s', async (code, answerCode, effect) => {
    const { publish } = stage(async (request) => {
      await leave(request);
      throw answered(code, answerCode);
    });
    const failure = await failureOf(runAttempt(publish, input));
    expect(failure.type).toBe(code);
    expect(factsOf(failure)).toMatchObject({ effect, unsettledUntil: null });
  });

  test('says that nothing was sent when it was refused before its frame left', async () => {
    const { publish } = stage(() => Promise.reject(new FerryError('REQUEST_REFUSED', 'the upgrade answered 400')));
    const failure = await failureOf(runAttempt(publish, input));
    expect(failure).toMatchObject({ type: 'REQUEST_REFUSED', nonRetryable: true });
    expect(factsOf(failure)).toMatchObject({ effect: 'none' });
  });

  test.each(['REQUEST_REFUSED', 'NOT_PARTICIPANT', 'CONVERSATION_UNKNOWN', 'CREDENTIALS_REFUSED'] as const)(
    'takes %s in answer to a look for no answer to the publish, and looks again',
    async (code) => {
      const { publish, findFileMessages } = stage(answers(5));
      findFileMessages.mockRejectedValue(new FerryError(code, 'refused'));
      const failure = await failureOf(runAttempt(publish, { ...input, lookFirst: true }));
      expect(failure).toMatchObject({ type: 'ANSWER_LOST', nonRetryable: false });
      expect(factsOf(failure)).toMatchObject({ effect: 'unknown', refusedLooks: 1 });
    },
  );

  test('gives a look up that was refused five times in a row, and says that the effect is unknown', async () => {
    const { publish, findFileMessages } = stage(answers(5));
    findFileMessages.mockRejectedValue(new FerryError('NOT_PARTICIPANT', 'refused'));
    const heartbeatDetails = { effect: 'unknown', unsettledUntil: null, refusedLooks: 4 };
    const failure = await failureOf(runAttempt(publish, input, { attempt: 6, heartbeatDetails }));
    expect(failure).toMatchObject({ type: 'NOT_PARTICIPANT', nonRetryable: true });
    expect(factsOf(failure)).toMatchObject({ effect: 'unknown' });
  });

  test('does not send after a look that found nothing while an unanswered frame may still take effect', async () => {
    const send = answers(6);
    const { publish } = stage(send);
    const heartbeatDetails = { effect: 'unknown', unsettledUntil: Date.now() + 40_000, refusedLooks: 0 };
    const failure = await failureOf(runAttempt(publish, input, { attempt: 2, heartbeatDetails }));
    expect(failure).toMatchObject({ type: 'ANSWER_LOST', nonRetryable: false });
    expect(failure.nextRetryDelay).toBeGreaterThan(39_000);
    const facts = factsOf(failure) as typeof heartbeatDetails;
    expect(facts).toMatchObject({ effect: 'unknown', refusedLooks: 0 });
    expect(Math.abs(facts.unsettledUntil - heartbeatDetails.unsettledUntil)).toBeLessThan(100);
    expect(send).not.toHaveBeenCalled();
  });

  test('waits as long before it says that there is no message', async () => {
    const look = { ...input, lookFirst: true, lookOnly: true, settledAt: Date.now() + 40_000 };
    expect(await failureOf(runAttempt(stage(answers(5)).publish, look))).toMatchObject({ type: 'ANSWER_LOST' });
    await expect(runAttempt(stage(answers(5), { sequence: 3 }).publish, look)).resolves.toMatchObject({ sequence: 3 });
  });

  test('keeps the receipt before Temporal is told, and says whether it did', async () => {
    const { publish, keep } = stage(answers(5));
    const { publishedAt, receiptKept } = (await runAttempt(publish, input))!;
    expect(receiptKept).toBe(true);
    const receipt = { ...input.receipt, conversationId: 'c1', dialogId: 'c1', sequence: 5, finishedAt: publishedAt };
    expect(keep).toHaveBeenCalledWith({ receipt, runId: expect.any(String), sendKey: null });
  });

  test('does not fail because of the disk for receipts, whether it is full or frozen', async () => {
    const full = stage(answers(5), null, { receipts: () => Promise.reject(new FerryError('DISK_FULL', 'full')) });
    await expect(runAttempt(full.publish, input)).resolves.toMatchObject({ sequence: 5, receiptKept: false });
    const frozen = stage(answers(5), null, { receipts: () => new Promise(() => undefined) });
    await expect(runAttempt(frozen.publish, input)).resolves.toMatchObject({ sequence: 5, receiptKept: false });
  });
});
