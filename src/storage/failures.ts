import { type ErrorCode, failureAnywhere, FerryError, toFerryError } from '../errors';
import { systemCode } from '../lib/system-code';

type Details = Readonly<Record<string, unknown>>;

/** 408 and 499: storage stopped waiting for our bytes; 425: too early. None of them is about the request itself. */
const PASSING_4XX = new Set([408, 425, 499]);

/** Swift's own rate limit answers 498. */
export const TOO_MANY_REQUESTS = new Set([429, 498]);

/**
 * The error for an unexpected status. `what` names the request without its query,
 * e.g. "PUT https://host/v1/a/c/o".
 */
export function refusal(status: number, what: string, headers: Headers, details: Details = {}): FerryError {
  const retryAfterMs = retryAfter(headers['retry-after']);
  const options = { details: { status, ...details }, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
  if (status >= 500 || PASSING_4XX.has(status)) {
    return new FerryError('STORAGE_UNAVAILABLE', `Storage answered ${status} to ${what}.`, options);
  }
  if (status === 401) {
    const message = `Storage refused the signed URL of ${what} (401: expired, not valid, or its key cannot be read).`;
    return new FerryError('URL_REFUSED', message, options);
  }
  if (TOO_MANY_REQUESTS.has(status)) {
    const wait = Math.max(1000, retryAfterMs ?? 0);
    return new FerryError('THROTTLED', `Storage asked for fewer requests (${status}) at ${what}.`, {
      ...options,
      retryAfterMs: wait,
    });
  }
  if (status >= 400) return new FerryError('STORAGE_REFUSED', `Storage refused ${what} with ${status}.`, options);
  if (status >= 300) {
    const message = `Storage answered ${what} with a redirect (${status}), which Ferry never follows.`;
    return new FerryError('UNTRUSTED_HOST', message, options);
  }
  return new FerryError(
    'PROTOCOL_ERROR',
    `Storage answered ${what} with ${status}, which is not a valid answer.`,
    options,
  );
}

/** Header values as undici gives them. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The (first) value of a header. */
export function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The FerryError for an error of the network (undici, net, tls, dns). Returns a FerryError unchanged. */
export function networkFailure(
  error: unknown,
  what: string,
  details: Details = {},
  code: ErrorCode = 'STORAGE_UNAVAILABLE',
): FerryError {
  const known = failureAnywhere(error);
  if (known !== null) return known;
  if (error instanceof Error && error.name === 'HTTPParserError') {
    return new FerryError('PROTOCOL_ERROR', `${what} was answered with something that is not HTTP.`, {
      cause: error,
      details,
    });
  }
  if (isOurFault(error)) return toFerryError(error);
  const message =
    code === 'ANSWER_LOST'
      ? `All bytes of ${what} were sent, but no answer came (${reasonOf(error)}): storage may have the object or not.`
      : `${what} failed: ${reasonOf(error)}.`;
  return new FerryError(code, message, { cause: error, details });
}

// Every error of the network has a code. An error without a code, or with one of these, is a fault in Ferry.
function isOurFault(error: unknown): boolean {
  return /^(ERR_INVALID|ERR_ASSERTION|UND_ERR_INVALID|UND_ERR_REQ_)/.test(systemCode(error) ?? 'ERR_INVALID');
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'no connection was made in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_BODY_TIMEOUT: 'no more bytes came',
  UND_ERR_SOCKET: 'the connection was closed by the other side',
};

function reasonOf(error: unknown): string {
  const code = systemCode(error);
  return code === undefined ? 'the connection failed' : (REASONS[code] ?? `the connection failed (${code})`);
}

/** A proxy may ask for a pause until tomorrow or later. Ferry tries sooner, to notice an earlier end. */
const LONGEST_RETRY_AFTER_MS = 10 * 60_000;

export function retryAfter(value: string | string[] | undefined): number | null {
  const text = Array.isArray(value) ? value[0] : value;
  if (text === undefined) return null;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(0, waitMs), LONGEST_RETRY_AFTER_MS);
}

/** A number of bytes in a header; PROTOCOL_ERROR when it is not a number, or too large for an exact number. */
export function bytesIn(value: string | undefined, what: string): number {
  const bytes = value !== undefined && /^\d+$/.test(value) ? Number(value) : NaN;
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new FerryError('PROTOCOL_ERROR', `Storage answered ${what} without a usable number of bytes.`);
}
