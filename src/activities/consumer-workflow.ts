import { isFerryError } from '../errors';
import type { Conversation } from '../liveperson/types';
import type { AcquireTokenInput, ConsumerActivities, ConversationRef } from '../contract';
import type { ActivityDeps } from './deps';
import { atEdge } from './edge';
import { INPUTS } from './inputs';
import { readSecretOrPark } from './read-secret';
import { openToken, sealToken } from './sealed-token';

/** What the consumer workflow does, one at a time: sign-up or renewal, and finding or creating the conversation. */
export function createConsumerActivities(deps: ActivityDeps): ConsumerActivities {
  return {
    acquireToken: atEdge(INPUTS.acquireToken, async (input, { signal }) => {
      const { config, address, consumerCredentials } = deps.account(input.account);
      let credentials = await readSecretOrPark(() => consumerCredentials(input.consumer));
      if (credentials.kind === 'signup' && (await isStillAccepted(deps, input, signal))) return input.previous!;
      if (credentials.kind === 'anonymous' && input.previous !== null) {
        const { externalToken } = openToken(deps.sealer, input, input.previous);
        if (externalToken !== undefined) credentials = { ...credentials, externalToken };
      }
      // Apart from messaging: whoever finds out whether messaging is back may need a fresh token for it, and would be told
      // for ever that the service is down, by itself.
      const token = await deps.pacer.run({ group: config.name, name: 'tokens' }, () =>
        deps.liveperson.consumerToken(address, credentials, signal),
      );
      return sealToken(deps.sealer, input, token);
    }),

    // Always looks before it creates: after a lost answer the conversation may exist already.
    ensureConversation: atEdge(INPUTS.ensureConversation, async (input, { signal }) => {
      const { config, address } = deps.account(input.account);
      const session = deps.liveperson.session(address, openToken(deps.sealer, input, input.token));
      return await deps.pacer.run({ group: config.name, name: 'messaging' }, async () => {
        const open = newestOpen(await session.conversations({ signal }), input.closed);
        if (open !== undefined) return refOf(open);
        const { conversationId } = await session.createConversation({ skillId: config.skillId, signal });
        // The main dialog's id equals the conversation's (Messaging Window API, post-conversation survey tutorial).
        return { conversationId, dialogId: conversationId };
      });
    }),

    lookAtConversation: atEdge(INPUTS.lookAtConversation, async (input, { signal }) => {
      const { config, address } = deps.account(input.account);
      const session = deps.liveperson.session(address, openToken(deps.sealer, input, input.token));
      const all = await deps.pacer.run({ group: config.name, name: 'messaging' }, () =>
        session.conversations({ signal }),
      );
      const found = all.find(({ conversationId }) => conversationId === input.conversationId);
      // One that this identity does not know may belong to an earlier one of the same name.
      return { open: found === undefined ? null : found.state === 'OPEN' };
    }),
  };
}

/**
 * A new sign-up is another identity, which cannot publish what the old one uploaded nor see its conversation, and the
 * old one's token lives for years. One refusal (401, 4401, 4407) is therefore no reason to part with it: only when a
 * harmless request is refused as well.
 */
async function isStillAccepted(
  deps: ActivityDeps,
  { previous, ...identity }: AcquireTokenInput,
  signal: AbortSignal,
): Promise<boolean> {
  if (previous === null || (previous.expiresAt !== null && previous.expiresAt * 1000 <= Date.now())) return false;
  const { address } = deps.account(identity.account);
  try {
    await deps.liveperson.session(address, openToken(deps.sealer, identity, previous)).conversations({ signal });
    return true;
  } catch (error) {
    if (isFerryError(error) && error.code === 'TOKEN_EXPIRED') return false;
    throw error;
  }
}

function newestOpen(conversations: readonly Conversation[], closed: readonly string[]): Conversation | undefined {
  return conversations.find(({ state, conversationId }) => state === 'OPEN' && !closed.includes(conversationId));
}

function refOf({ conversationId, dialogId }: Conversation): ConversationRef {
  return { conversationId, dialogId };
}
