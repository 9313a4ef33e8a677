import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHostActivities, type ActivityDeps } from '../../src/activities';
import { FerryError } from '../../src/errors';
import type { ConsumerSession, PublishFileRequest } from '../../src/liveperson/types';
import type { PublishInput } from '../../src/contract';
import { failureOf, fakeDeps, runAttempt } from './support';

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
};

type Publish = (request: PublishFileRequest) => Promise<{ sequence: number }>;

function stage(publishFile: Publish, found: { sequence: number } | null = null) {
  const findFileMessage = jest.fn(() =>
    Promise.resolve(found === null ? null : { ...found, originatorId: 'sub', relativePath: input.relativePath }),
  );
  const renew = jest.fn(() => Promise.resolve({ ...token, jwt: 'fresh' }));
  const deps = fakeDeps({
    liveperson: { findFileMessage },
    consumers: {
      token: () => Promise.resolve(token),
      renew: renew as ActivityDeps['consumers']['renew'],
      session: () => ({ publishFile }) as unknown as ConsumerSession,
      sawSequence: () => undefined,
    },
  });
  return { findFileMessage, renew, publish: createHostActivities(deps).publish };
}

const answers = (sequence: number): jest.MockedFunction<Publish> =>
  jest.fn((request) => {
    request.permit?.();
    return Promise.resolve({ sequence });
  });

describe('Publish', () => {
  afterEach(() => jest.restoreAllMocks());

  test('sends at once in a certain first attempt', async () => {
    const { publish, findFileMessage } = stage(answers(5));
    await expect(runAttempt(publish, input)).resolves.toEqual({ sequence: 5, conversationId: 'c1', dialogId: 'c1' });
    expect(findFileMessage).not.toHaveBeenCalled();
  });

  test('looks in every later attempt and does not send what is there', async () => {
    const send = answers(6);
    const { publish, findFileMessage } = stage(send, { sequence: 5 });
    await expect(runAttempt(publish, input, { attempt: 2 })).resolves.toMatchObject({ sequence: 5 });
    expect(findFileMessage).toHaveBeenCalledWith(expect.anything(), token, expect.objectContaining({ fromSeq: 4 }));
    expect(send).not.toHaveBeenCalled();
  });

  test('looks first when an earlier scheduling may have run, even as attempt 1', async () => {
    const { publish, findFileMessage } = stage(answers(5));
    await runAttempt(publish, { ...input, lookFirst: true });
    expect(findFileMessage).toHaveBeenCalledTimes(1);
  });

  test('never sends when it is asked to look only', async () => {
    const send = answers(5);
    await expect(runAttempt(stage(send).publish, { ...input, lookFirst: true, lookOnly: true })).resolves.toBeNull();
    expect(send).not.toHaveBeenCalled();
  });

  test('does not let the frame leave when the process was held up for 20 s', async () => {
    const started = performance.now();
    const left = jest.fn();
    const { publish } = stage((request) => {
      jest.spyOn(performance, 'now').mockReturnValue(started + 20_100);
      request.permit!();
      left();
      return Promise.resolve({ sequence: 5 });
    });
    expect(await failureOf(runAttempt(publish, input))).toMatchObject({ type: 'STALLED', nonRetryable: false });
    expect(left).not.toHaveBeenCalled();
  });

  test('sends again with a fresh token when the old one was refused before the frame left', async () => {
    const send = answers(5);
    send.mockRejectedValueOnce(new FerryError('TOKEN_EXPIRED', 'expired'));
    const { publish, renew } = stage(send);
    await expect(runAttempt(publish, input)).resolves.toMatchObject({ sequence: 5 });
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test('does not send again when the token expired after the frame had left', async () => {
    const send: jest.MockedFunction<Publish> = jest.fn((request) => {
      request.permit!();
      return Promise.reject(new FerryError('TOKEN_EXPIRED', 'closed 4401'));
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
      request.permit!();
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

  test('reports a closed conversation as final, for the workflow to answer', async () => {
    const { publish } = stage(() => Promise.reject(new FerryError('CONVERSATION_CLOSED', 'closed')));
    expect(await failureOf(runAttempt(publish, input))).toMatchObject({
      type: 'CONVERSATION_CLOSED',
      nonRetryable: true,
    });
  });
});
