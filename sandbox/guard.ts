/**
 * Refuses what a page in a browser may send to this machine on behalf of somebody else. Programs pass: they send no
 * Origin and no fetch metadata.
 */
import type { IncomingMessage } from 'node:http';

export interface Refused {
  readonly status: 403 | 415 | 421;
  readonly error: string;
}

/** Names of this machine alone. A name of the outer world that resolves to 127.0.0.1 is not among them. */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** `none`: a person typed the address. `same-site` includes pages of other ports on this machine. */
const OWN_FETCH_SITES = ['same-origin', 'none'];

/** What a page may send to another origin without asking. JSON is not among these types. */
const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

/** @param scheme under which the sandbox serves */
export function refusalOf(request: IncomingMessage, scheme: 'http' | 'https'): Refused | null {
  const { host, origin, referer } = request.headers;
  if (host !== undefined && !LOOPBACK_HOST.test(host)) {
    return { status: 421, error: 'The sandbox answers to the names 127.0.0.1 and localhost only.' };
  }
  const own = `${scheme}://${host?.toLowerCase() ?? ''}`;
  const site = request.headers['sec-fetch-site'];
  const isForeign =
    (origin !== undefined && origin.toLowerCase() !== own) ||
    (site !== undefined && !OWN_FETCH_SITES.includes(site)) ||
    // For browsers without fetch metadata: a script of another page comes without an Origin.
    (referer !== undefined && originOf(referer) !== own);
  return isForeign ? { status: 403, error: 'The sandbox does not answer to pages of other origins.' } : null;
}

/** For requests whose body must be JSON: a body of a form's type. @param required a type must be given, and be JSON */
export function typeRefusalOf(request: IncomingMessage, required: boolean): Refused | null {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  const isRefused = required ? type !== 'application/json' : type !== undefined && FORM_TYPES.includes(type);
  return isRefused ? { status: 415, error: 'Send JSON, with the header Content-Type: application/json.' } : null;
}

function originOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).origin : null;
}
