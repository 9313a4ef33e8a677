import { createHash } from 'node:crypto';
import type { ConsumerToken } from '../liveperson/types';
import type { Sealer } from '../secrets';
import { consumerWorkflowId, type Identity, type SealedToken } from '../contract';
import { defined } from '../lib/defined';

/** Seals a token for the workflow of its consumer, because history must not contain it in plain text. */
export function sealToken(sealer: Sealer, { account, consumer }: Identity, token: ConsumerToken): SealedToken {
  const { jwt, externalToken } = token;
  return {
    sealed: sealer.seal(
      { jwt, externalToken },
      { purpose: 'consumer-token', account, owner: consumerWorkflowId(account, consumer) },
    ),
    consumerId: token.consumerId,
    expiresAt: token.expiresAt,
    fingerprint: createHash('sha256').update(jwt).digest('hex').slice(0, 12),
  };
}

export function openToken(
  sealer: Sealer,
  identity: Identity,
  { sealed, consumerId, expiresAt }: SealedToken,
): ConsumerToken {
  const owner = consumerWorkflowId(identity.account, identity.consumer);
  const { jwt, externalToken } = sealer.open<{ jwt: string; externalToken?: string }>(sealed, {
    purpose: 'consumer-token',
    account: identity.account,
    owner,
  });
  return { jwt, consumerId, expiresAt, ...defined({ externalToken }) };
}
