import { createSharedActivities, type ActivityDeps } from '../../src/activities';
import type { OpenInput } from '../../src/contract';
import { FerryError } from '../../src/errors';
import type { ConsumerSession, Conversation } from '../../src/liveperson/types';
import { failureOf, fakeDeps, runAttempt } from './support';

const token = { jwt: 'j', consumerId: 'sub', expiresAt: null };
const input: OpenInput = {
  account: 'acme',
  consumer: 'ops',
  transferId: 't',
  conversationId: null,
  closed: ['c0'],
  doubted: 'c1',
};

/** A consumer with these conversations, whose workflow would open another one. */
function opening(conversations: readonly Conversation[], known = { inMemory: 4, inLedger: 0 }) {
  const conversation = jest.fn(() => Promise.resolve({ conversationId: 'c2', dialogId: 'c2' }));
  const session = { conversations: () => Promise.resolve(conversations) } as unknown as ConsumerSession;
  const deps = fakeDeps({
    consumers: {
      as: (_, work) => work(session),
      token: () => Promise.resolve(token),
      lastSequence: () => known.inMemory,
      conversation,
    },
    ledger: { lastSequence: () => Promise.resolve(known.inLedger) },
  });
  return { conversation, open: createSharedActivities(deps).open };
}

const c1: Conversation = { conversationId: 'c1', dialogId: 'd1', state: 'OPEN', startedAtMs: 1 };

test('A doubted conversation that is still open is answered again, and none is created.', async () => {
  const { open, conversation } = opening([c1]);
  await expect(runAttempt(open, input)).resolves.toMatchObject({ conversationId: 'c1', dialogId: 'd1' });
  expect(conversation).not.toHaveBeenCalled();
});

test.each([
  ['closed', [{ ...c1, state: 'CLOSE' as const }]],
  ['gone', []],
])('A doubted conversation that is %s is replaced, and never answered again.', async (_, conversations) => {
  const { open, conversation } = opening(conversations);
  await expect(runAttempt(open, input)).resolves.toMatchObject({ conversationId: 'c2' });
  expect(conversation).toHaveBeenCalledWith(expect.anything(), ['c0', 'c1'], expect.anything());
});

test('The last sequence of a dialog is known from the ledger when the worker has been restarted since.', async () => {
  const { open } = opening([c1], { inMemory: 0, inLedger: 61 });
  await expect(runAttempt(open, input)).resolves.toMatchObject({ lastSequence: 61 });
});

test('An account that this worker does not know is waited for: another worker may know it.', async () => {
  const deps: ActivityDeps = {
    ...fakeDeps({}),
    account: (name) => {
      throw new FerryError('ACCOUNT_UNKNOWN', `There is no account ${name}.`);
    },
  };
  const failure = await failureOf(runAttempt(createSharedActivities(deps).enable, input));
  expect(failure).toMatchObject({ type: 'ACCOUNT_UNKNOWN', nonRetryable: false });
});
