import { sign, verify, type KeyObject } from 'node:crypto';
import { isObject, parseJson, type JsonObject } from './json';

/** The header of LivePerson's consumer tokens. */
const HEADER = { kid: '00001', typ: 'JWT', alg: 'RS256' };

export function signJwt(claims: JsonObject, privateKey: KeyObject): string {
  const head = `${encoded(HEADER)}.${encoded(claims)}`;
  return `${head}.${sign('RSA-SHA256', Buffer.from(head), privateKey).toString('base64url')}`;
}

/** Claims, without a check of the signature; null when the text is not a JWT. */
export function claimsOf(token: string): JsonObject | null {
  const parts = token.split('.');
  const [header, claims] = parts.slice(0, 2).map((part) => parseJson(Buffer.from(part, 'base64url').toString('utf8')));
  return parts.length === 3 && isObject(header) && isObject(claims) ? claims : null;
}

/** The algorithm is ours to choose, never the token's: its header is not asked. */
export function isSignedBy(token: string, publicKey: KeyObject): boolean {
  const [header, claims, signature] = token.split('.');
  const head = Buffer.from(`${String(header)}.${String(claims)}`);
  return signature !== undefined && verify('RSA-SHA256', head, publicKey, Buffer.from(signature, 'base64url'));
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
