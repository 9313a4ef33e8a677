/**
 * A GET over a connection of its own whose bytes the kernel puts where they are wanted: without a copy, and without the
 * garbage of a stream's buffers. Only for a body of known length; everything else is left to the judgement of `onHead`.
 */
import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { FerryError } from '../errors';
import { parseResponseHead, type ResponseHead } from './response-head';

export interface RawGetOptions {
  readonly origin: string;
  /** Path and query as they shall stand in the request line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly ca: string | undefined;
  /** Judges the answer and says where the body goes; a throw ends the request. */
  readonly onHead: (head: ResponseHead) => Promise<BodySink>;
}

export interface BodySink {
  /** Bytes that the body has. */
  readonly length: number;
  /** Where the next bytes may be put; not empty before the body is complete. */
  space(): Buffer;
  /** False: read no more until `resume` of {@link RawGet}. */
  filled(bytes: number): boolean;
}

export interface RawGet {
  /** Resolves when the whole body came; rejects with the raw error of the network or what `onHead` threw. */
  readonly done: Promise<void>;
  resume(): void;
  /** Ends the request with this error. */
  fail(error: unknown): void;
}

// Of a head, and of what may come along with it: over TLS, what was received already is delivered even after a pause.
const HEAD_BYTES = 256 * 1024;
const HEAD_READ_BYTES = 64 * 1024;
const LONGEST_HEAD_BYTES = HEAD_BYTES - 2 * HEAD_READ_BYTES;

export function rawGet(options: RawGetOptions): RawGet {
  const head = Buffer.allocUnsafeSlow(HEAD_BYTES);
  const { promise: done, resolve, reject } = withResolvers();
  let headFilled = 0;
  let judged = false;
  let sink: BodySink | null = null;
  let left = 0;
  let closed = false;

  function settle(error?: unknown): void {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', onAbort);
    socket.destroy();
    if (error === undefined) resolve();
    else reject(error);
  }
  const onAbort = (): void => settle(options.signal.reason);

  /** So many bytes of the body are in their place; false to read no more for now. */
  function took(to: BodySink, bytes: number): boolean {
    left -= bytes;
    const more = to.filled(bytes);
    if (left > 0) return more;
    settle();
    return false;
  }

  /** Bytes of the body that came into the buffer of the head. */
  function copy(to: BodySink, bytes: Buffer): boolean {
    let more = true;
    for (let from = 0; from < bytes.length && left > 0;) {
      const copied = bytes.copy(to.space(), 0, from);
      from += copied;
      more = took(to, copied);
    }
    return more;
  }

  function onHeadBytes(bytes: number): boolean {
    headFilled += bytes;
    if (judged) return false;
    const parsed = parseResponseHead(head.subarray(0, headFilled));
    if (parsed !== null) {
      judged = true;
      clearTimeout(timer);
      begin(parsed).catch(settle);
      return false;
    }
    if (headFilled <= LONGEST_HEAD_BYTES) return true;
    throw new FerryError('PROTOCOL_ERROR', 'The head of the answer of storage is too long.');
  }

  async function begin(parsed: ResponseHead): Promise<void> {
    const to = await options.onHead(parsed);
    sink = to;
    left = to.length;
    if (left === 0) return settle();
    const more = copy(to, head.subarray(parsed.length, headFilled));
    headFilled = 0;
    if (closed) settle(lost('UND_ERR_SOCKET'));
    else if (more) socket.resume();
  }

  const onread: OnReadOpts = {
    // Asked after each read. The buffer for the first bytes after the judgement was therefore chosen before there was a
    // sink, and is the one of the head.
    buffer: () =>
      sink === null || left === 0 ? head.subarray(headFilled, headFilled + HEAD_READ_BYTES) : sink.space(),
    callback(bytes, buffer) {
      try {
        if (sink === null) return onHeadBytes(bytes);
        if (left === 0) return false;
        return buffer.buffer === head.buffer ? copy(sink, Buffer.from(buffer.subarray(0, bytes))) : took(sink, bytes);
      } catch (error) {
        settle(error);
        return false;
      }
    },
  };

  const socket = openSocket(options, onread, () => {
    clearTimeout(timer);
    timer = setTimeout(() => settle(lost('UND_ERR_HEADERS_TIMEOUT')), options.headersTimeoutMs);
    socket.write(requestHead(options));
  });
  let timer = setTimeout(() => settle(lost('UND_ERR_CONNECT_TIMEOUT')), options.connectTimeoutMs);
  socket.on('error', settle);
  socket.on('close', () => {
    closed = true;
    // While the head is being judged, all of a short body may lie behind it.
    if (!judged || sink !== null) settle(lost('UND_ERR_SOCKET'));
  });
  if (options.signal.aborted) onAbort();
  else options.signal.addEventListener('abort', onAbort, { once: true });
  return { done, resume: () => void socket.resume(), fail: settle };
}

function openSocket({ origin, ca }: RawGetOptions, onread: OnReadOpts, onReady: () => void): Socket {
  const { protocol, hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'http:') {
    return connectTcp({ host, port: Number(port || 80), noDelay: true, onread }).once('connect', onReady);
  }
  const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
    host,
    port: Number(port || 443),
    ALPNProtocols: ['http/1.1'],
    onread,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
  };
  const socket = connectTls(options).setNoDelay(true);
  return socket.once('secureConnect', onReady);
}

function requestHead({ origin, target, headers }: RawGetOptions): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${target} HTTP/1.1\r\nhost: ${new URL(origin).host}\r\nconnection: close\r\n${lines.join('')}\r\n`;
}

// Codes of undici's, so that both ways of fetching speak of the same failures in the same words.
function lost(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
