import { ActivityNotFoundError } from '@temporalio/client';
import { createConsumerActivities, type ActivityDeps } from '../../src/activities';
import { sealToken } from '../../src/activities/sealed-token';
import type { EnsureConversationInput } from '../../src/contract';
import { FerryError } from '../../src/errors';
import type { ConsumerCredentials, ConsumerSession, Conversation } from '../../src/liveperson/types';
import { failureOf, fakeDeps, runAttempt, type FakeParts } from './support';

const token = { jwt: 'j', consumerId: 'sub', expiresAt: null };
const identity = { account: 'acme', consumer: 'ops' };
const openOne: Conversation = { conversationId: 'c1', dialogId: 'd1', state: 'OPEN', startedAtMs: 1 };

type Create = ConsumerSession['createConversation'];

function stage(create: Create, conversations: readonly Conversation[] = [], parts: FakeParts = {}) {
  const createConversation = jest.fn(create);
  const session = { conversations: () => Promise.resolve(conversations), createConversation };
  const deps = fakeDeps({ ...parts, liveperson: { session: () => session as unknown as ConsumerSession } });
  const input = (settledAt: number | null): EnsureConversationInput => ({
    ...identity,
    token: sealToken(deps.sealer, identity, token),
    closed: [],
    settledAt,
  });
  return { createConversation, input, ensure: createConsumerActivities(deps).ensureConversation };
}

const creates: Create = async ({ beforeSend, permit }) => {
  await beforeSend?.();
  permit?.();
  return { conversationId: 'new' };
};

test('A conversation is created behind the fence: not when another attempt has begun.', async () => {
  const left = jest.fn();
  const { ensure, input } = stage(
    async (request) => {
      const made = await creates(request);
      left();
      return made;
    },
    [],
    { confirmHeartbeat: () => Promise.reject(new ActivityNotFoundError('gone')) },
  );
  expect(await failureOf(runAttempt(ensure, input(null)))).toMatchObject({ type: 'STALLED' });
  expect(left).not.toHaveBeenCalled();
});

test('A creation that was not answered says until when it may still take effect.', async () => {
  const { ensure, input } = stage(async (request) => {
    await creates(request);
    throw new FerryError('ANSWER_LOST', 'no answer', { details: { mayTakeEffectLater: true } });
  });
  const failure = await failureOf(runAttempt(ensure, input(null)));
  const [facts] = failure.details as [{ unsettledUntil: number }];
  expect(facts.unsettledUntil - Date.now()).toBeGreaterThan(59_000);
});

test('Until then none is created, but one that turns up is used at once.', async () => {
  const settledAt = Date.now() + 30_000;
  const empty = stage(creates);
  expect(await failureOf(runAttempt(empty.ensure, empty.input(settledAt)))).toMatchObject({ type: 'ANSWER_LOST' });
  expect(empty.createConversation).not.toHaveBeenCalled();
  const found = stage(creates, [openOne]);
  await expect(runAttempt(found.ensure, found.input(settledAt))).resolves.toEqual({
    conversationId: 'c1',
    dialogId: 'd1',
  });
});

test('Clocks of two hosts that differ do not make a second conversation.', async () => {
  const { ensure, input, createConversation } = stage(creates);
  const behind = { ...input(Date.now() - 240_000), settlesInMs: 40_000 };
  expect(await failureOf(runAttempt(ensure, behind))).toMatchObject({ type: 'ANSWER_LOST' });
  expect(createConversation).not.toHaveBeenCalled();
});

test('A wall clock that was set back does not keep a consumer without a conversation for as long.', async () => {
  const { ensure, input } = stage(creates);
  const failure = await failureOf(runAttempt(ensure, input(Date.now() + 3_600_000)));
  expect(Number(failure.nextRetryDelay)).toBeLessThanOrEqual(75_000);
  // The workflow gives it to the next attempt.
  const [facts] = failure.details as [{ unsettledUntil: number }];
  expect(facts.unsettledUntil - Date.now()).toBeLessThanOrEqual(75_000);
});

test('An anonymous identity that cannot be extended any more starts again instead of standing still for good.', async () => {
  const asked: ConsumerCredentials[] = [];
  const parts = fakeDeps({
    liveperson: {
      consumerToken: (_, credentials) => {
        asked.push(credentials);
        if ('externalToken' in credentials) {
          return Promise.reject(new FerryError('CREDENTIALS_REFUSED', 'refused after 730 h'));
        }
        return Promise.resolve({ jwt: 'fresh', consumerId: 'new', expiresAt: null, externalToken: 'e2' });
      },
    },
  });
  const anonymous = { kind: 'anonymous', connectorId: '1' } as const;
  const deps: ActivityDeps = {
    ...parts,
    account: (name) => ({ ...parts.account(name), consumerCredentials: () => Promise.resolve(anonymous) }),
  };
  const previous = sealToken(deps.sealer, identity, { ...token, externalToken: 'e1' });
  const acquired = await runAttempt(createConsumerActivities(deps).acquireToken, { ...identity, previous });
  expect(acquired.consumerId).toBe('new');
  expect(asked).toEqual([{ ...anonymous, externalToken: 'e1' }, anonymous]);
});
