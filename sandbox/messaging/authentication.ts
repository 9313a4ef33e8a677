import type { IncomingMessage } from 'node:http';
import type { Ledger } from './ledger';
import { userOfBearer } from './login';
import { arrayOf, isObject, objectOr, parseJson, type JsonObject } from './json';
import type { Identity } from './session';
import type { TokenAuthority } from './token-authority';

/** "jwt at most 2048 characters" (schema of the InitConnection header). */
const LONGEST_JWT = 2048;

export interface Presented {
  /** null: a bad token. An expired one has an identity. */
  readonly identity: Identity | null;
  readonly isExpired: boolean;
}

export function identify(authority: TokenAuthority, jwt: string): Presented {
  const known = authority.verify(jwt, 'consumer');
  if (known.verdict === 'bad') return { identity: null, isExpired: false };
  const isAnonymous = known.claims['lp.anonymous'] === true;
  const identity: Identity = { consumerId: known.subject, role: 'CONSUMER', expiresAt: known.expiresAt, isAnonymous };
  return { identity, isExpired: known.verdict === 'expired' };
}

/** Agents present the bearer of their login. The socket stays when that is refreshed, and when it ends. */
export function identifyAgent(ledger: Ledger, bearer: string): Presented {
  const user = userOfBearer(ledger, bearer);
  if (!user) return { identity: null, isExpired: false };
  const expiresAt = Number.MAX_SAFE_INTEGER;
  return { identity: { consumerId: user.userPid, role: 'AGENT', expiresAt, isAnonymous: false }, isExpired: false };
}

/** The token of an upgrade: `Authorization: jwt TOKEN` (in any case), or the last part of the path; null: none. */
export function upgradeToken(request: IncomingMessage, pathToken: string | undefined): string | null {
  const header = request.headers.authorization;
  if (header === undefined) return pathToken ?? null;
  return /^jwt +(\S+)$/i.exec(header.trim())?.[1] ?? '';
}

/** The token among the headers of InitConnection; null when there is none or it is longer than allowed. */
export function initToken(headers: unknown): string | null {
  const header = headerOf(headers, 'ConsumerAuthentication');
  const jwt = header['jwt'];
  return typeof jwt === 'string' && jwt.length <= LONGEST_JWT ? jwt : null;
}

/** Client properties from the upgrade's header or query. */
export function upgradeProperties(request: IncomingMessage, query: URLSearchParams): JsonObject {
  const header = request.headers['client-properties'];
  const names = ['deviceFamily', 'os', 'integration', 'features'];
  const fromQuery = names.flatMap((name) => (query.has(name) ? [[name, query.get(name)]] : []));
  return {
    ...Object.fromEntries(fromQuery),
    ...objectOr(typeof header === 'string' ? parseJson(header) : undefined),
    type: '.ClientProperties',
  };
}

/** Client properties from InitConnection; empty when it has none. */
export function initProperties(headers: unknown): JsonObject {
  const header = headerOf(headers, 'ClientProperties');
  return Object.keys(header).length > 0 ? { ...header, type: '.ClientProperties' } : {};
}

function headerOf(headers: unknown, kind: string): JsonObject {
  const found = arrayOf(headers).find((one) => isObject(one) && String(one['type']).endsWith(`.${kind}`));
  return objectOr(found);
}
