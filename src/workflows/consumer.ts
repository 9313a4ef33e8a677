import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  addressed,
  CONSUMER_UPDATE,
  type ConsumerAnswer,
  type ConsumerInput,
  type ConsumerOpenRequest,
  type ConversationRef,
  isSealedWith,
  type LookAnswer,
  type LookRequest,
  type RenewTokenRequest,
  type ResealAnswer,
  type ResealRequest,
  SEAL_KEY_QUERY,
  type SealKeyAnswer,
  sealKeyOf,
  type SealedToken,
  WORKFLOW,
} from '../contract';
import { runForConsumer } from './activities';
import { errorOf, unsettledUntil } from './failures';
import { checkAddressed, checkedStart } from './inputs';
import { settlesAt } from './settling';

/** Updates that one run remembers for de-duplication; the server refuses more than 2,000. */
const UPDATES_PER_RUN = 500;

/**
 * The entity workflow of one consumer. It holds the sealed token, its `sub` and the open conversation, and runs
 * sign-up, renewal and opening one at a time. So two simultaneous transfers of a new consumer, on two workers, get one
 * identity and one conversation. It never ends, because the next transfer must find the same identity.
 */
export async function consumer(given: ConsumerInput): Promise<never> {
  const input = checkedStart(WORKFLOW.consumer, given);
  const { account } = input;
  const identity = { account, consumer: input.consumer };
  let token: SealedToken | null = input.token;
  let conversation: ConversationRef | null = input.conversation;
  let creationSettledAt: number | null = input.creationSettledAt ?? null;
  let handled = 0;
  let mustBeginAnew = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other, so that the second update finds the result of the first. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    handled += 1;
    return turn.catch((thrown: unknown) => {
      const { code, message } = errorOf(thrown);
      throw ApplicationFailure.create({ type: code, message, nonRetryable: true });
    });
  }

  async function tokenNow(refused: string | null): Promise<SealedToken> {
    if (token === null || hasExpired(token) || token.fingerprint === refused) {
      const fresh = await runForConsumer('acquireToken', { ...identity, previous: token }, 'get a consumer token');
      // A new sign-up is another identity, which cannot reach the conversation of the old identity.
      if (fresh.consumerId !== token?.consumerId) conversation = null;
      token = fresh;
    }
    describe();
    return token;
  }

  async function conversationNow(current: SealedToken, closed: readonly string[]): Promise<ConversationRef> {
    if (conversation === null || closed.includes(conversation.conversationId)) {
      conversation = await ensureConversation(current, closed);
    }
    describe();
    return conversation;
  }

  async function ensureConversation(current: SealedToken, closed: readonly string[]): Promise<ConversationRef> {
    const settledAt = creationSettledAt !== null && creationSettledAt > Date.now() ? creationSettledAt : null;
    try {
      const request = { ...identity, token: current, closed, ...settlesAt(settledAt) };
      const found = await runForConsumer('ensureConversation', request, 'find or create the conversation');
      creationSettledAt = null;
      return found;
    } catch (thrown) {
      creationSettledAt = unsettledUntil(thrown) ?? settledAt;
      throw thrown;
    }
  }

  function describe(): void {
    setCurrentDetails(
      [
        `Consumer **${identity.consumer}** of account **${account}**`,
        `- identity: ${token?.consumerId ?? 'none yet'}`,
        `- open conversation: ${conversation?.conversationId ?? 'none yet'}`,
      ].join('\n'),
    );
  }

  setHandler(
    defineUpdate<ConsumerAnswer, [ConsumerOpenRequest]>(CONSUMER_UPDATE.open),
    ({ closed, needConversation }) =>
      inTurn(async () => {
        const current = await tokenNow(null);
        return { token: current, conversation: needConversation ? await conversationNow(current, closed) : null };
      }),
    { validator: (given) => checkAddressed(CONSUMER_UPDATE.open, given) },
  );
  setHandler(
    defineUpdate<ConsumerAnswer, [RenewTokenRequest]>(CONSUMER_UPDATE.renewToken),
    ({ refused }) => inTurn(async () => ({ token: await tokenNow(refused), conversation })),
    { validator: (given) => checkAddressed(CONSUMER_UPDATE.renewToken, given) },
  );
  setHandler(
    defineUpdate<ResealAnswer, [ResealRequest]>(CONSUMER_UPDATE.reseal),
    ({ sealKey }) =>
      inTurn(async () => {
        if (token !== null && !isSealedWith(sealKey, token.sealed)) {
          token = await runForConsumer('resealToken', { ...identity, token }, 'seal the token with the newest key');
        }
        mustBeginAnew = true;
        return { resealed: token === null || isSealedWith(sealKey, token.sealed) };
      }),
    { validator: (given) => checkAddressed(CONSUMER_UPDATE.reseal, given) },
  );
  setHandler(
    defineUpdate<LookAnswer, [LookRequest]>(CONSUMER_UPDATE.look),
    async ({ conversationId }) => {
      handled += 1;
      if (token === null || hasExpired(token)) return { open: null };
      try {
        const request = { ...identity, token, conversationId };
        return await runForConsumer('lookAtConversation', request, 'is the conversation open?');
      } catch {
        return { open: null };
      }
    },
    { validator: (given) => checkAddressed(CONSUMER_UPDATE.look, given) },
  );
  setHandler(defineQuery<SealKeyAnswer>(SEAL_KEY_QUERY), () => ({
    keyId: token === null ? null : sealKeyOf(token.sealed),
  }));
  describe();

  await condition(() => mustBeginAnew || handled >= UPDATES_PER_RUN || workflowInfo().continueAsNewSuggested);
  await condition(allHandlersFinished);
  const next = { ...identity, token, conversation, creationSettledAt };
  return continueAsNew<typeof consumer>(addressed(WORKFLOW.consumer, next));
}

function hasExpired({ expiresAt }: SealedToken): boolean {
  return expiresAt !== null && expiresAt * 1000 <= Date.now();
}
