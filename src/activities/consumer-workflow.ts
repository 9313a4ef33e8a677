import { isFerryError } from '../errors';
import type { ConsumerCredentials } from '../liveperson/types';
import type {
  AcquireTokenInput,
  ConsumerActivities,
  EnsureConversationInput,
  Identity,
  LookAtConversationInput,
  ResealTokenInput,
  SealedToken,
  Unsettled,
} from '../contract';
import * as bound from './bounds';
import type { ActivityDeps } from './deps';
import { atEdge, type Attempt } from './edge';
import { ensureConversation } from './ensure-conversation';
import { readSecretOrPark } from './read-secret';
import { openToken, sealToken } from './sealed-token';

const acquireTokenInput = bound.record<AcquireTokenInput>({
  ...bound.identity,
  previous: bound.sealedToken.nullable(),
});

const resealTokenInput = bound.record<ResealTokenInput>({ ...bound.identity, token: bound.sealedToken });

const ensureConversationInput = bound.record<EnsureConversationInput>({
  ...bound.identity,
  token: bound.sealedToken,
  closed: bound.closed,
  ...bound.settling,
});

const lookAtConversationInput = bound.record<LookAtConversationInput>({
  ...bound.identity,
  token: bound.sealedToken,
  conversationId: bound.id,
});

/** The activities of the consumer workflow: sign-up or renewal, and finding or creating the conversation. */
export function createConsumerActivities(deps: ActivityDeps): ConsumerActivities {
  return {
    acquireToken: atEdge(acquireTokenInput, async (input, { signal }) => {
      const { config, address, consumerCredentials } = deps.account(input.account);
      const credentials = await readSecretOrPark(() => consumerCredentials(input.consumer));
      // Not in the group `messaging`: the first transfer after an outage of messaging may need a fresh token.
      const get = async (which: ConsumerCredentials): Promise<SealedToken> => {
        const signIn = () => deps.liveperson.consumerToken(address, which, signal);
        return sealToken(deps.sealer, input, await deps.pacer.run({ group: config.name, name: 'tokens' }, signIn));
      };
      const { previous } = input;
      if (previous === null) return await get(credentials);
      switch (credentials.kind) {
        case 'signup':
          return (await isStillAccepted(deps, input, previous, signal)) ? previous : await get(credentials);
        case 'anonymous':
          return await extendedOrNew(deps, input, previous, credentials, get);
        case 'authenticated':
          return await get(credentials);
      }
    }),

    resealToken: atEdge(resealTokenInput, (input) =>
      Promise.resolve(sealToken(deps.sealer, input, openToken(deps.sealer, input, input.token))),
    ),

    ensureConversation: atEdge(ensureConversationInput, (input, attempt: Attempt<Unsettled>) =>
      ensureConversation(deps, input, attempt),
    ),

    lookAtConversation: atEdge(lookAtConversationInput, async (input, { signal }) => {
      const { config, address } = deps.account(input.account);
      const session = deps.liveperson.session(address, openToken(deps.sealer, input, input.token));
      const all = await deps.pacer.run({ group: config.name, name: 'messaging' }, () =>
        session.conversations({ signal }),
      );
      const found = all.find(({ conversationId }) => conversationId === input.conversationId);
      // A conversation that this identity does not know may belong to an earlier identity of the same name.
      return { open: found === undefined ? null : found.state === 'OPEN' };
    }),
  };
}

/**
 * An anonymous identity can be extended for 730 h after its first use. When the service refuses to extend it, a new
 * identity begins: nobody can bring the old one back.
 */
async function extendedOrNew(
  deps: ActivityDeps,
  identity: Identity,
  previous: SealedToken,
  credentials: Extract<ConsumerCredentials, { kind: 'anonymous' }>,
  get: (which: ConsumerCredentials) => Promise<SealedToken>,
): Promise<SealedToken> {
  const { externalToken } = openToken(deps.sealer, identity, previous);
  if (externalToken === undefined) return await get(credentials);
  try {
    return await get({ ...credentials, externalToken });
  } catch (error) {
    if (!isFerryError(error) || error.code !== 'CREDENTIALS_REFUSED') throw error;
    const { account, consumer } = identity;
    const message = 'An anonymous identity could not be extended; a new one begins';
    deps.log.warn(message, { account, consumer, reason: error.message });
    return await get(credentials);
  }
}

/**
 * A new sign-up is another identity: it can neither publish the uploads of the old identity nor see its conversation.
 * The old token lives for years. One refusal (401, 4401, 4407) is therefore not enough to replace it; a second,
 * harmless request must be refused as well.
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
