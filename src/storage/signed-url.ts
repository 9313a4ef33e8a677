import { FerryError } from '../errors';
import { climbs } from '../lib/climbing-path';
import type { SignedUrl } from './types';

export interface SignedUrlParts {
  /** `https://host[:port]` of the storage, from discovery. */
  readonly origin: string;
  readonly relativePath: string;
  readonly queryParams: Readonly<Record<string, string>>;
}

// Control characters, and the characters that end the path of a URL.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN_IN_PATH = /[\u0000-\u001f\u007f-\u009f?#]/;
const STORAGE_PATH = /^\/v1\/[^/]/;
// oxlint-disable-next-line no-control-regex -- the characters that HTTP does not allow in a request line
const NOT_ON_THE_WIRE = /[^\u0021-\u007e]+/g;

/**
 * Puts a signed URL together from what discovery and the messaging service answered.
 *
 * @throws {FerryError} UNTRUSTED_HOST when `origin` is not an origin, or relativePath is not a path in storage;
 *   PROTOCOL_ERROR when the expiry is missing or is not a time. Whether the origin is trusted is checked at discovery.
 */
export function signedUrl({ origin, relativePath, queryParams }: SignedUrlParts): SignedUrl {
  const checked = checkedOrigin(origin);
  checkPath(checked, relativePath);
  return {
    origin: checked,
    relativePath,
    query: { ...queryParams },
    expiresAt: expirySeconds(queryParams['temp_url_expires']),
  };
}

/**
 * The target in the request line: the path byte for byte as it was given, then the query. Never through URL resolution,
 * which would change what was signed. Characters that HTTP does not allow there (spaces, non-ASCII) are
 * percent-encoded; Swift signs the decoded path, so the signature stays valid. The path is checked again here, because
 * a signed URL may have passed through Temporal.
 */
export function requestTarget(url: SignedUrl): string {
  const path = checkPath(checkedOrigin(url.origin), url.relativePath);
  const query = Object.entries(url.query).map(
    ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`,
  );
  return `${path}?${query.join('&')}`;
}

/** For messages and logs: the address without the secret query. */
export function displayUrl(url: SignedUrl): string {
  return `${url.origin}${url.relativePath}`;
}

function checkedOrigin(origin: string): string {
  const parsed = URL.canParse(origin) ? new URL(origin) : null;
  const bare = parsed !== null && parsed.pathname === '/' && parsed.search === '' && parsed.hash === '';
  if (!bare || parsed.username !== '' || parsed.password !== '' || !/^https?:$/.test(parsed.protocol)) {
    throw new FerryError('UNTRUSTED_HOST', 'The address of storage is not a plain http or https origin.');
  }
  return parsed.origin;
}

function checkPath(origin: string, relativePath: string): string {
  if (!STORAGE_PATH.test(relativePath) || FORBIDDEN_IN_PATH.test(relativePath) || climbs(relativePath)) {
    throw new FerryError(
      'UNTRUSTED_HOST',
      `The relativePath ${JSON.stringify(relativePath)} is not a path in storage.`,
    );
  }
  const path = encodeForWire(relativePath);
  if (!URL.canParse(origin + path) || new URL(origin + path).origin !== origin) {
    throw new FerryError(
      'UNTRUSTED_HOST',
      `The relativePath ${JSON.stringify(relativePath)} leads away from ${origin}.`,
    );
  }
  return path;
}

function encodeForWire(path: string): string {
  try {
    return path.replace(NOT_ON_THE_WIRE, encodeURIComponent);
  } catch (error) {
    throw new FerryError('UNTRUSTED_HOST', 'The relativePath is not valid Unicode.', { cause: error });
  }
}

// Swift takes Unix seconds or exactly YYYY-MM-DDTHH:MM:SSZ.
function expirySeconds(expires: string | undefined): number {
  if (expires !== undefined && /^\d{1,19}$/.test(expires)) return Number(expires);
  if (expires !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(expires)) {
    const ms = Date.parse(expires);
    if (!Number.isNaN(ms)) return ms / 1000;
  }
  throw new FerryError('PROTOCOL_ERROR', 'The signed URL has no valid temp_url_expires.');
}
