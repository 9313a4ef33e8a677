import { FerryError } from '../errors';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'its name is unknown to DNS',
  EAI_AGAIN: 'its name cannot be looked up at the moment',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection was made in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'its answer stopped midway',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'its answer is larger than any answer should be',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  TIMEOUT_ERR: 'it did not answer in time',
};

/** The reason of a failed network call, in words and as a code. The error's own text is not shown: it may hold URLs. */
function networkReason(error: unknown): { readonly words: string; readonly code: string } {
  const code = codeOf(error);
  const known = REASONS[code];
  if (known !== undefined) return { words: known, code };
  if (/CERT|SELF_SIGNED|UNABLE_TO|^ERR_TLS|^ERR_SSL|^EPROTO/.test(code)) {
    return { words: `no trusted TLS connection could be made (${code})`, code };
  }
  return { words: `the connection failed (${code})`, code };
}

/** By shape, not by class: errors of timers and sockets may come from another realm. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  if ('name' in error && error.name === 'TimeoutError') return 'TIMEOUT_ERR';
  const own = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  if ((own === 'UND_ERR_SOCKET' || own === 'UNKNOWN') && 'cause' in error) {
    const inner = codeOf(error.cause);
    if (inner !== 'UNKNOWN') return inner;
  }
  return own;
}

/** A service's text about its refusal, for a message: short, on one line, without anything that looks like a secret. */
export function quoted(text: string): string {
  const plain = text
    .slice(0, 2_000)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.?[A-Za-z0-9_-]*/g, '[token]')
    .replaceAll(/(temp_url_sig|jwt|bearer|token|password|secret)(["':=\s]+)\S+/gi, '$1$2[hidden]')
    .replaceAll(/[0-9a-f]{32,}/gi, '[hex]')
    .trim();
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain;
}

/** 1 s and up to half a second more, so that waiting callers do not all return at the same time. */
export function throttlePauseMs(): number {
  return 1_000 + Math.floor(Math.random() * 500);
}

export function unavailable(what: string, error: unknown): FerryError {
  const reason = networkReason(error);
  return new FerryError('MESSAGING_UNAVAILABLE', `${what} cannot be reached: ${reason.words}.`, {
    details: { reason: reason.code },
  });
}
