/** Checks a TempURL's signature as Swift's middleware does (observed on 2.30.1). */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { addressInRange } from './ip-range';

export interface TempUrlRequest {
  readonly method: string;
  /** Decoded: `/v1/account/container/object`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The peer of the socket; proxies' headers are not believed. */
  readonly peerAddress: string;
  /** When the request's head arrived, in milliseconds. A URL is good until the second begins that it names. */
  readonly nowMs: number;
}

export type TempUrlVerdict =
  /** Expiry in Unix seconds; beyond what a number holds when the URL says so. */
  { readonly valid: true; readonly expires: number } | { readonly valid: false; readonly unsigned: boolean };

type Digest = 'sha1' | 'sha256' | 'sha512';

const DIGEST_BY_LENGTH: Readonly<Record<number, Digest>> = { 40: 'sha1', 64: 'sha256', 128: 'sha512' };
const DIGESTS: readonly string[] = ['sha1', 'sha256', 'sha512'];
const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];

/** HEAD is content with a signature for any of these: so the PUT URL can look at its own upload. */
const GOOD_FOR_HEAD = ['HEAD', 'GET', 'POST', 'PUT'];

const INVALID: TempUrlVerdict = { valid: false, unsigned: false };

export function checkTempUrl(request: TempUrlRequest, keys: readonly string[]): TempUrlVerdict {
  const { method, query } = request;
  const sig = query.get('temp_url_sig');
  const expiresText = query.get('temp_url_expires');
  if (sig === null && expiresText === null) return { valid: false, unsigned: true };
  if (!sig || !expiresText || !METHODS.includes(method)) return INVALID;
  const signature = readSignature(sig);
  const expires = readExpires(expiresText);
  if (signature === null || expires === null || Number(expires) * 1000 < request.nowMs) return INVALID;
  const message = signedPath(request);
  const range = query.get('temp_url_ip_range');
  if (message === null || (range && !addressInRange(request.peerAddress, range))) return INVALID;
  const methods = method === 'HEAD' ? GOOD_FOR_HEAD : [method];
  for (const key of keys) {
    for (const each of methods) {
      const text = `${range ? `ip=${range}\n` : ''}${each}\n${expires}\n${message}`;
      if (sameText(signature.hex, tempUrlSignature(signature.digest, key, text))) {
        return { valid: true, expires: Number(expires) };
      }
    }
  }
  return INVALID;
}

export function tempUrlSignature(digest: Digest, key: string, message: string): string {
  return createHmac(digest, key).update(message, 'utf8').digest('hex');
}

/** What the signature covers of the path: the whole, or with `temp_url_prefix` its beginning. */
function signedPath(request: TempUrlRequest): string | null {
  const parts = /^\/v1\/([^/]+)\/([^/]+)\/(.*[^/].*)$/s.exec(request.path);
  if (parts === null) return null;
  const [, account = '', container = '', object = ''] = parts;
  const prefix = request.query.get('temp_url_prefix');
  if (prefix === null) return request.path;
  return object.startsWith(prefix) ? `prefix:/v1/${account}/${container}/${prefix}` : null;
}

/** Hex, told apart by its length, or `sha256:` and base64 in either alphabet. */
function readSignature(text: string): { digest: Digest; hex: string } | null {
  const colon = text.indexOf(':');
  if (colon === -1) {
    const digest = DIGEST_BY_LENGTH[text.length];
    return digest !== undefined && /^[\da-fA-F]+$/.test(text) ? { digest, hex: text } : null;
  }
  const digest = text.slice(0, colon);
  const base64 = text.slice(colon + 1);
  const wellFormed = /^(?:[A-Za-z\d+/]+|[A-Za-z\d_-]+)={0,2}$/.test(base64);
  if (!DIGESTS.includes(digest) || !wellFormed) return null;
  return { digest: digest as Digest, hex: Buffer.from(base64, 'base64').toString('hex') };
}

/** @returns the Unix seconds as they stand in the signed message; null: malformed */
function readExpires(text: string): string | null {
  if (/^\s*[+-]?\d+\s*$/.test(text)) return String(BigInt(text.trim().replace(/^\+/, '')));
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return null;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? null : String(milliseconds / 1000);
}

function sameText(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
