import { FerryError } from '../errors';
import type { Conversation } from '../liveperson/types';
import type { ConversationRef, OpenedAt, OpenInput } from '../contract';
import * as bound from './bounds';
import type { ActivityDeps } from './deps';
import type { WaitingAttempt } from './pacer';

export const openInput = bound.record<OpenInput>({
  ...bound.transfer,
  conversationId: bound.id.nullable(),
  closed: bound.closed,
  doubted: bound.id.optional(),
});

/** Uses the given conversation, else the consumer's open conversation, else a new one. Never creates a second. */
export async function open(deps: ActivityDeps, input: OpenInput, attempt: WaitingAttempt): Promise<OpenedAt> {
  const { consumers } = deps;
  const ref =
    input.conversationId === null
      ? await implicit(deps, input, attempt)
      : await named(deps, input, input.conversationId, attempt);
  const { consumerId } = await consumers.token(input, attempt.signal);
  return { ...ref, consumerId, lastSequence: await lastSequence(deps, input, ref.dialogId) };
}

/** The sequence comes from this worker's memory, or after a restart from the ledger. It shortens a later look. */
async function lastSequence({ consumers, ledger }: ActivityDeps, input: OpenInput, dialogId: string): Promise<number> {
  const remembered = consumers.lastSequence(input, dialogId);
  if (remembered > 0) return remembered;
  // Only a publish needs the ledger. Here an unusable ledger costs nothing but time.
  return await ledger.lastSequence(input.account, dialogId).catch(() => 0);
}

async function implicit(deps: ActivityDeps, input: OpenInput, attempt: WaitingAttempt): Promise<ConversationRef> {
  const { account, consumer, closed, doubted } = input;
  if (doubted !== undefined) {
    const known = await conversationsOf(deps, input, attempt);
    const found = known.find(({ conversationId }) => conversationId === doubted);
    if (found?.state === 'OPEN') return { conversationId: doubted, dialogId: found.dialogId };
  }
  const unusable = doubted === undefined ? closed : [...closed, doubted];
  // Paced as well, because in an outage each update would add a dozen events to the history of the consumer's workflow.
  return await deps.pacer.run(
    { group: account, name: `consumer ${consumer}`, passesOn: true },
    () => deps.consumers.conversation(input, unusable, attempt.signal),
    attempt,
  );
}

function conversationsOf(
  deps: ActivityDeps,
  input: OpenInput,
  attempt: WaitingAttempt,
): Promise<readonly Conversation[]> {
  const { signal } = attempt;
  return deps.pacer.run(
    { group: input.account, name: 'messaging' },
    () => deps.consumers.as(input, (session) => session.conversations({ signal }), signal),
    attempt,
  );
}

async function named(
  deps: ActivityDeps,
  input: OpenInput,
  conversationId: string,
  attempt: WaitingAttempt,
): Promise<ConversationRef> {
  const known = await conversationsOf(deps, input, attempt);
  const found = known.find((conversation) => conversation.conversationId === conversationId);
  if (found === undefined) {
    throw new FerryError(
      'CONVERSATION_UNKNOWN',
      `Consumer ${input.consumer} of ${input.account} has no conversation ${conversationId}.`,
    );
  }
  if (found.state !== 'OPEN') {
    throw new FerryError('CONVERSATION_CLOSED', `Conversation ${conversationId} is closed.`);
  }
  return { conversationId, dialogId: found.dialogId };
}
