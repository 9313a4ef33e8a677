import { FerryError } from '../errors';
import type { Discovery } from './discovery';
import { isSuccess, oddAnswer, refusedForGood, saidBy, type Http } from './http';
import { accountUrl } from './login';
import { jwtAnswer, jwtClaims, tokenAnswer } from './schemas';
import type { AccountAddress, ConsumerCredentials, ConsumerToken } from './types';
import type { z } from 'zod';

/** InitConnection takes 2,048 characters, and a header takes more. A token longer than this fits into neither. */
const LONGEST_TOKEN = 8_192;

export interface Tokens {
  consumerToken(
    account: AccountAddress,
    credentials: ConsumerCredentials,
    signal?: AbortSignal,
  ): Promise<ConsumerToken>;
}

export function createTokens(http: Http, discovery: Discovery): Tokens {
  async function post<T>(
    account: AccountAddress,
    path: string,
    json: unknown,
    answerSchema: z.ZodType<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const origin = await discovery.serviceUrl(account, 'idp', signal);
    const what = `The token service of account ${account.accountId}`;
    const answer = await http.call({
      method: 'POST',
      url: `${accountUrl(origin, account)}/${path}`,
      json,
      ca: account.ca,
      gate: account.gate,
      what,
      signal,
    });
    // 400 is documented for a brand's code that is not accepted (invalid_code and others).
    if (answer.status === 401 || answer.status === 403 || (answer.status === 400 && json !== undefined)) {
      throw new FerryError(
        'CREDENTIALS_REFUSED',
        `${what} refused to give the consumer a token (${answer.status}).${saidBy(answer)}`,
        { details: { status: answer.status } },
      );
    }
    if (!isSuccess(answer)) throw refusedForGood(what, answer);
    const parsed = answerSchema.safeParse(answer.body);
    if (!parsed.success) throw oddAnswer(what, 'a token');
    return parsed.data;
  }

  async function anonymous(
    account: AccountAddress,
    credentials: Extract<ConsumerCredentials, { kind: 'anonymous' }>,
    signal: AbortSignal | undefined,
  ): Promise<ConsumerToken> {
    const path = `app/${encodeURIComponent(credentials.connectorId)}/authenticate?v=3.0`;
    // With the earlier external token the identity is extended; without it a new identity begins.
    const earlier = credentials.externalToken === undefined ? undefined : { id_token: credentials.externalToken };
    for (let again = false; ; again = true) {
      const external = await post(account, 'anonymous/authorize', earlier, tokenAnswer, signal);
      try {
        const { token } = await post(account, path, { id_token: external.token }, tokenAnswer, signal);
        return { ...readToken(token), externalToken: external.token };
      } catch (error) {
        // The external token lives for minutes: it may have expired while the process was stopped or the clock was set.
        // A refusal of a fresh token has another reason, and a person has to act.
        if (again || !(error instanceof FerryError) || error.code !== 'CREDENTIALS_REFUSED') throw error;
      }
    }
  }

  return {
    async consumerToken(account, credentials, signal) {
      signal?.throwIfAborted();
      switch (credentials.kind) {
        case 'anonymous':
          return await anonymous(account, credentials, signal);
        case 'signup':
          return readToken((await post(account, 'signup', undefined, jwtAnswer, signal)).jwt);
        case 'authenticated': {
          const body = { authCode: credentials.authCode };
          return readToken((await post(account, 'authenticate', body, jwtAnswer, signal)).jwt);
        }
      }
    },
  };
}

/**
 * Reads `sub` and `exp` without verifying the signature, because Ferry only presents the token. The token goes into a
 * header, so it may have only the characters of a JWT.
 */
function readToken(jwt: string): ConsumerToken {
  const payload = /^[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*$/.exec(jwt)?.[1];
  if (payload === undefined || jwt.length > LONGEST_TOKEN) throw oddToken();
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    throw oddToken();
  }
  const parsed = jwtClaims.safeParse(claims);
  if (!parsed.success) throw oddToken();
  return { jwt, consumerId: parsed.data.sub, expiresAt: parsed.data.exp ?? null };
}

function oddToken(): FerryError {
  return new FerryError('PROTOCOL_ERROR', 'The token service gave a token that is not a JWT with a subject.');
}
