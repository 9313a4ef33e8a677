import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { JsonObject } from './json';
import { claimsOf, isSignedBy, signJwt } from './jwt';
import type { Ledger } from './ledger';

const ISSUER = 'https://idp.liveperson.net';
/** An external token of the anonymous flow is good at the token service alone, never at a socket. */
const ANONYMOUS_ISSUER = `${ISSUER}/anonymous`;

interface TokenWish {
  readonly subject: string;
  readonly expiresAt: number;
  readonly kind: 'consumer' | 'external';
  /** Claims besides sub, aud, iss, iat and exp. */
  readonly extra?: JsonObject;
}

type Verdict =
  | {
      readonly verdict: 'good' | 'expired';
      readonly subject: string;
      readonly expiresAt: number;
      readonly claims: JsonObject;
    }
  | { readonly verdict: 'bad' };

/** Issues and checks consumer tokens, under a key that the journal keeps: tokens stay good over a restart. */
export interface TokenAuthority {
  issue(wish: TokenWish): Promise<string>;
  verify(token: string, kind: TokenWish['kind']): Verdict;
}

export function createTokenAuthority(accountId: string, ledger: Ledger): TokenAuthority {
  let keys: { readonly pem: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject } | null = null;
  let making: Promise<void> | null = null;

  /** null until the first token was issued. */
  function currentKeys() {
    const pem = ledger.state.tokenKeyPem;
    if (pem !== null && keys?.pem !== pem) {
      keys = { pem, privateKey: createPrivateKey(pem), publicKey: createPublicKey(pem) };
    }
    return keys;
  }

  async function makeKey(): Promise<void> {
    const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const privateKeyPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await ledger.commit({ what: 'token-key', privateKeyPem });
  }

  return {
    async issue({ subject, expiresAt, kind, extra = {} }) {
      if (!currentKeys()) {
        making ??= makeKey().finally(() => (making = null));
        await making;
      }
      const current = currentKeys();
      if (!current) throw new Error('The token key could not be made.');
      const iss = kind === 'consumer' ? ISSUER : ANONYMOUS_ISSUER;
      const iat = Math.floor(Date.now() / 1000);
      return signJwt({ sub: subject, aud: `acc:${accountId}`, iss, iat, exp: expiresAt, ...extra }, current.privateKey);
    },

    verify(token, kind) {
      const claims = claimsOf(token);
      const current = currentKeys();
      if (!claims || !current || !isSignedBy(token, current.publicKey)) return { verdict: 'bad' };
      const { sub, aud, iss, exp } = claims as Record<'sub' | 'aud' | 'iss' | 'exp', unknown>;
      if (iss !== (kind === 'consumer' ? ISSUER : ANONYMOUS_ISSUER)) return { verdict: 'bad' };
      if (aud !== `acc:${accountId}` || typeof sub !== 'string' || typeof exp !== 'number') return { verdict: 'bad' };
      const verdict = exp * 1000 > Date.now() ? 'good' : 'expired';
      return { verdict, subject: sub, expiresAt: exp, claims };
    },
  };
}
