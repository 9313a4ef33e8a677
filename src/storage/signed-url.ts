import { FerryError } from '../errors';
import type { SignedUrl } from './types';

export interface SignedUrlParts {
  /** `https://host[:port]` of the storage, from discovery. */
  readonly origin: string;
  readonly relativePath: string;
  readonly queryParams: Readonly<Record<string, string>>;
  /** When given, `origin` must be one of them. */
  readonly allowedOrigins?: readonly string[];
}

// Control characters, and what would end the path and begin something else.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN_IN_PATH = /[\u0000-\u001f\u007f-\u009f?#]/;
const STORAGE_PATH = /^\/v1\/[^/]/;
// oxlint-disable-next-line no-control-regex -- everything that may not stand in a request line
const NOT_ON_THE_WIRE = /[^\u0021-\u007e]+/g;

/**
 * Puts a signed URL together from what discovery and the messaging service answered.
 *
 * @throws {FerryError} UNTRUSTED_HOST when the origin is none, is not among `allowedOrigins`, or relativePath is not a
 * path in storage; PROTOCOL_ERROR when the expiry is missing or is no time.
 */
export function signedUrl({ origin, relativePath, queryParams, allowedOrigins }: SignedUrlParts): SignedUrl {
  const checked = checkedOrigin(origin);
  if (allowedOrigins !== undefined && !allowedOrigins.map(checkedOrigin).includes(checked)) {
    throw new FerryError('UNTRUSTED_HOST', `Storage at ${checked} is not among the hosts that Ferry trusts.`);
  }
  checkPath(checked, relativePath);
  return {
    origin: checked,
    relativePath,
    query: { ...queryParams },
    expiresAt: expirySeconds(queryParams['temp_url_expires']),
  };
}

/**
 * What stands in the request line: the path byte for byte as it was given, then the query. Never through URL
 * resolution, which would fold `..` and change what was signed. Characters that HTTP does not allow there (spaces,
 * non-ASCII) are percent-encoded; Swift signs the decoded path, so the signature holds. Checked once more, since a
 * signed URL may have travelled.
 */
export function requestTarget(url: SignedUrl): string {
  const path = checkPath(checkedOrigin(url.origin), url.relativePath);
  const query = Object.entries(url.query).map(
    ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`,
  );
  return `${path}?${query.join('&')}`;
}

/** For messages and logs: where it points to, without what makes it a secret. */
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
  if (!STORAGE_PATH.test(relativePath) || FORBIDDEN_IN_PATH.test(relativePath)) {
    throw new FerryError('UNTRUSTED_HOST', `The relativePath ${JSON.stringify(relativePath)} is no path in storage.`);
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
