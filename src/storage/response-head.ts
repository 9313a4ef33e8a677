import { FerryError } from '../errors';

/** The first lines of an HTTP/1.1 answer. */
export interface ResponseHead {
  readonly status: number;
  /** Names in lower case; of repeated ones the first. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes that the head took, its empty line included. */
  readonly length: number;
}

const END = Buffer.from('\r\n\r\n');

/**
 * Reads the head of an answer; null when it has not come whole. Interim answers (1xx) are skipped. A length is only
 * reported when it can be relied on: not beside a transfer coding, and not when given twice with two values.
 *
 * @throws {FerryError} PROTOCOL_ERROR when it is not HTTP
 */
export function parseResponseHead(bytes: Buffer, from = 0): ResponseHead | null {
  const end = bytes.indexOf(END, from);
  if (end < 0) return null;
  const [statusLine = '', ...lines] = bytes.toString('latin1', from, end).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(statusLine)?.[1] ?? 0);
  if (status === 0) throw notHttp();
  const length = end + END.length;
  if (status < 200) return parseResponseHead(bytes, length);
  return { status, headers: parseHeaders(lines), length };
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (match === null) throw notHttp();
    const name = (match[1] as string).toLowerCase();
    const value = match[2] as string;
    if (name === 'content-length' && name in headers && headers[name] !== value) throw notHttp();
    headers[name] ??= value;
  }
  if ('transfer-encoding' in headers) delete headers['content-length'];
  return headers;
}

function notHttp(): FerryError {
  return new FerryError('PROTOCOL_ERROR', 'Storage answered with something that is not HTTP/1.1.');
}
