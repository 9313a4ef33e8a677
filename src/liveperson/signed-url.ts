import { FerryError } from '../errors';
import { climbs } from '../lib/climbing-path';
import { signedUrlAnswer } from './schemas';
import type { SignedUrlAnswer } from './types';

/**
 * A path that may be appended to an origin unchanged: it begins with `/v1/` and an account and has printable ASCII
 * only, no query, no fragment, no backslash, and no segment `..`, escaped or not.
 */
export function isTrustedPath(path: string): boolean {
  return /^\/v1\/[^/][\x21-\x7e]*$/.test(path) && !/[?#\\]/.test(path) && !climbs(path);
}

export function untrustedPath(): FerryError {
  return new FerryError(
    'UNTRUSTED_HOST',
    'The messaging service gave a relativePath that is not a plain storage path (/v1/account/...); Ferry does not use it.',
  );
}

/** Parses the answer to a URL request. `asked` is the path of a download request, which the answer must repeat. */
export function readSignedUrl(body: unknown, asked: string | null): SignedUrlAnswer {
  const parsed = signedUrlAnswer.safeParse(body);
  if (!parsed.success) throw odd('without a path, a signature and an expiry');
  const relativePath = parsed.data.relativePath ?? asked;
  if (typeof relativePath !== 'string') throw odd('with a path that is not a text');
  if (!isTrustedPath(relativePath)) throw untrustedPath();
  if (asked !== null && relativePath !== asked) throw odd('with a link to another file');
  const queryParams: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed.data.queryParams)) {
    if (typeof value === 'string' || typeof value === 'number') queryParams[name] = String(value);
  }
  if (!/^\d{1,15}$/.test(queryParams['temp_url_expires'] ?? '')) throw odd('with an expiry that is not a time');
  return { relativePath, queryParams };
}

function odd(how: string): FerryError {
  return new FerryError('PROTOCOL_ERROR', `The messaging service answered the request for a link ${how}.`);
}
