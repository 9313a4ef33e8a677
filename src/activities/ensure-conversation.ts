import { FerryError, isFerryError } from '../errors';
import { mayTakeEffectLater } from '../liveperson';
import type { ConsumerSession, Conversation } from '../liveperson/types';
import { SETTLE_MS, type ConversationRef, type EnsureConversationInput, type Unsettled } from '../contract';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { createFence, FENCE_VALID_MS } from './fence';
import { openToken } from './sealed-token';
import { msToSettle, SETTLED, unsettledFor, unsettledBefore } from './settling';

/**
 * Finds the consumer's open conversation or creates one. Always looks first: after a lost answer it may exist already.
 */
export async function ensureConversation(
  deps: ActivityDeps,
  input: EnsureConversationInput,
  attempt: Attempt<Unsettled>,
): Promise<ConversationRef> {
  const { config, address } = deps.account(input.account);
  const { signal } = attempt;
  attempt.details = unsettledBefore(input);
  const session = deps.liveperson.session(address, openToken(deps.sealer, input, input.token));
  return await deps.pacer.run({ group: config.name, name: 'messaging' }, async () => {
    const open = newestOpen(await session.conversations({ signal }), input.closed);
    if (open !== undefined) return { conversationId: open.conversationId, dialogId: open.dialogId };
    believeNone(input, attempt);
    const conversationId = await create(deps, input, session, config.skillId, attempt);
    // The main dialog's id equals the conversation's (Messaging Window API, post-conversation survey tutorial).
    return { conversationId, dialogId: conversationId };
  });
}

function newestOpen(conversations: readonly Conversation[], closed: readonly string[]): Conversation | undefined {
  return conversations.find(({ state, conversationId }) => state === 'OPEN' && !closed.includes(conversationId));
}

/** @throws {FerryError} ANSWER_LOST while the service may still carry out an earlier creation */
function believeNone({ consumer, account }: EnsureConversationInput, attempt: Attempt<Unsettled>): void {
  const leftMs = msToSettle(attempt.details ?? SETTLED);
  if (leftMs <= 0) return;
  attempt.details = unsettledFor(leftMs);
  throw new FerryError(
    'ANSWER_LOST',
    `An earlier request for a conversation of ${consumer} (${account}) was not answered and may still take effect.`,
    { retryAfterMs: leftMs },
  );
}

async function create(
  deps: ActivityDeps,
  { consumer }: EnsureConversationInput,
  session: ConsumerSession,
  skillId: string,
  attempt: Attempt<Unsettled>,
): Promise<string> {
  const fence = createFence(deps.confirmHeartbeat, attempt, `Creating a conversation of ${consumer}`);
  let mayHaveLeft = false;
  try {
    const { conversationId } = await session.createConversation({
      skillId,
      signal: attempt.signal,
      async beforeSend() {
        attempt.details = unsettledFor(FENCE_VALID_MS + SETTLE_MS);
        await fence.confirm();
      },
      permit() {
        fence.check();
        mayHaveLeft = true;
      },
    });
    return conversationId;
  } catch (error) {
    const isLate = mayHaveLeft && (!isFerryError(error) || mayTakeEffectLater(error));
    attempt.details = isLate ? unsettledFor(SETTLE_MS) : SETTLED;
    throw error;
  }
}
