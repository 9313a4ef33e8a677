import { isFerryError } from '../errors';
import type { ConsumerCredentials, ConsumerToken } from '../liveperson/types';
import type { AcquireTokenInput, ConsumerActivities, Identity, SealedToken, Unsettled } from '../contract';
import type { ActivityDeps } from './deps';
import { atEdge, type Attempt } from './edge';
import { ensureConversation } from './ensure-conversation';
import { INPUTS } from './inputs';
import { readSecretOrPark } from './read-secret';
import { openToken, sealToken } from './sealed-token';

/** What the consumer workflow does, one at a time: sign-up or renewal, and finding or creating the conversation. */
export function createConsumerActivities(deps: ActivityDeps): ConsumerActivities {
  return {
    acquireToken: atEdge(INPUTS.acquireToken, async (input, { signal }) => {
      const { config, address, consumerCredentials } = deps.account(input.account);
      const credentials = await readSecretOrPark(() => consumerCredentials(input.consumer));
      const { previous } = input;
      if (
        credentials.kind === 'signup' &&
        previous !== null &&
        (await isStillAccepted(deps, input, previous, signal))
      ) {
        return previous;
      }
      // Apart from messaging: the transfer that finds out whether messaging is back may need a fresh token first.
      const get = (which: ConsumerCredentials) =>
        deps.pacer.run({ group: config.name, name: 'tokens' }, () =>
          deps.liveperson.consumerToken(address, which, signal),
        );
      return sealToken(deps.sealer, input, await extendedOrNew(deps, input, credentials, get));
    }),

    ensureConversation: atEdge(INPUTS.ensureConversation, (input, attempt: Attempt<Unsettled>) =>
      ensureConversation(deps, input, attempt),
    ),

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
 * An anonymous identity can be extended for 730 h after its first use. When the service refuses that, a new identity
 * begins: the old one is gone, and no person could bring it back.
 */
async function extendedOrNew(
  deps: ActivityDeps,
  input: AcquireTokenInput,
  credentials: ConsumerCredentials,
  get: (which: ConsumerCredentials) => Promise<ConsumerToken>,
): Promise<ConsumerToken> {
  if (credentials.kind !== 'anonymous' || input.previous === null) return await get(credentials);
  const { externalToken } = openToken(deps.sealer, input, input.previous);
  if (externalToken === undefined) return await get(credentials);
  try {
    return await get({ ...credentials, externalToken });
  } catch (error) {
    if (!isFerryError(error) || error.code !== 'CREDENTIALS_REFUSED') throw error;
    deps.log.warn('An anonymous identity could not be extended; a new one begins', {
      account: input.account,
      consumer: input.consumer,
      reason: error.message,
    });
    return await get(credentials);
  }
}

/**
 * A new sign-up is another identity, which cannot publish what the old one uploaded nor see its conversation, and the
 * old one's token lives for years. One refusal (401, 4401, 4407) is therefore no reason to part with it: only when a
 * harmless request is refused as well.
 */
async function isStillAccepted(
  deps: ActivityDeps,
  identity: Identity,
  previous: SealedToken,
  signal: AbortSignal,
): Promise<boolean> {
  if (previous.expiresAt !== null && previous.expiresAt * 1000 <= Date.now()) return false;
  const { address } = deps.account(identity.account);
  try {
    await deps.liveperson.session(address, openToken(deps.sealer, identity, previous)).conversations({ signal });
    return true;
  } catch (error) {
    if (isFerryError(error) && error.code === 'TOKEN_EXPIRED') return false;
    throw error;
  }
}
