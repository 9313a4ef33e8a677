import { FerryError } from '../errors';
import type { OpenedAt, OpenInput } from '../contract';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';

/** Uses the conversation given, else the consumer's open one, else a new one. Never creates a second. */
export async function open(deps: ActivityDeps, input: OpenInput, attempt: Attempt<never>): Promise<OpenedAt> {
  const { consumers, pacer } = deps;
  const { signal } = attempt;
  const { account, consumer } = input;
  const ref =
    input.conversationId === null
      ? // Paced here too: in an outage each question would cost the consumer's workflow a dozen events.
        await pacer.run(
          { group: account, name: `consumer ${consumer}` },
          () => consumers.conversation(input, input.closed, signal),
          attempt,
        )
      : await named(deps, input, input.conversationId, attempt);
  const { consumerId } = await consumers.token(input, signal);
  return { ...ref, consumerId, lastSequence: consumers.lastSequence(input, ref.dialogId) };
}

async function named(deps: ActivityDeps, input: OpenInput, conversationId: string, attempt: Attempt<never>) {
  const { signal } = attempt;
  const known = await deps.pacer.run(
    { group: input.account, name: 'messaging' },
    () => deps.consumers.as(input, (session) => session.conversations({ signal }), signal),
    attempt,
  );
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
