/**
 * A GET over a connection of its own whose bytes the kernel puts where they are wanted: without a copy, and without the
 * garbage of a stream's buffers. Only for a body of known length; everything else is left to the judgement of `onHead`.
 */
import type { OnReadOpts, Socket } from 'node:net';
import { FerryError } from '../errors';
import { openSocket } from './open-socket';
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
  /** Judges the answer and says where the body goes; a throw ends the request. Nothing is read meanwhile. */
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

// Of a head, and of what may come along with it: over TLS, what was received already is delivered even after a pause.
const HEAD_BYTES = 256 * 1024;
const HEAD_READ_BYTES = 64 * 1024;
const LONGEST_HEAD_BYTES = HEAD_BYTES - 2 * HEAD_READ_BYTES;

export class RawGet {
  /** Resolves when the whole body came; rejects with the raw error of the network or what `onHead` threw. */
  readonly done: Promise<void>;
  private readonly options: RawGetOptions;
  private readonly socket: Socket;
  private readonly head = Buffer.allocUnsafeSlow(HEAD_BYTES);
  private headFilled = 0;
  private state: 'head' | 'judging' | 'body' | 'settled' = 'head';
  private sink: BodySink | null = null;
  private left = 0;
  private closed = false;
  private timer: NodeJS.Timeout;
  private resolve!: () => void;
  private reject!: (error: unknown) => void;

  constructor(options: RawGetOptions) {
    this.options = options;
    this.done = new Promise<void>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.socket = openSocket(options.origin, options.ca, this.onread(), () => this.ask());
    this.timer = setTimeout(() => this.fail(lost('UND_ERR_CONNECT_TIMEOUT')), options.connectTimeoutMs);
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => this.onClose());
    if (options.signal.aborted) this.onAbort();
    else options.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  resume(): void {
    this.socket.resume();
  }

  /** Ends the request with this error. */
  fail(error: unknown): void {
    this.settle();
    this.reject(error);
  }

  private readonly onAbort = (): void => this.fail(this.options.signal.reason);

  private settle(): void {
    this.state = 'settled';
    clearTimeout(this.timer);
    this.options.signal.removeEventListener('abort', this.onAbort);
    this.socket.destroy();
  }

  private ask(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fail(lost('UND_ERR_HEADERS_TIMEOUT')), this.options.headersTimeoutMs);
    this.socket.write(requestHead(this.options));
  }

  private onClose(): void {
    this.closed = true;
    // While the head is being judged, all of a short body may lie behind it.
    if (this.state !== 'judging') this.fail(lost('UND_ERR_SOCKET'));
  }

  private onread(): OnReadOpts {
    return {
      // Asked after each read. What is chosen while the head is being judged is used for the first bytes of the body.
      buffer: () =>
        this.state === 'body' && this.sink !== null
          ? this.sink.space()
          : this.head.subarray(this.headFilled, this.headFilled + HEAD_READ_BYTES),
      callback: (bytes, buffer) => {
        try {
          return this.onBytes(bytes, buffer);
        } catch (error) {
          this.fail(error);
          return false;
        }
      },
    };
  }

  private onBytes(bytes: number, buffer: Uint8Array): boolean {
    switch (this.state) {
      case 'head':
        this.headFilled += bytes;
        return this.onHeadBytes();
      case 'judging':
        this.headFilled += bytes;
        return false;
      case 'body':
        if (buffer.buffer !== this.head.buffer) return this.took(bytes);
        return this.copy(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
      case 'settled':
        break;
    }
    return false;
  }

  private onHeadBytes(): boolean {
    const parsed = parseResponseHead(this.head.subarray(0, this.headFilled));
    if (parsed !== null) {
      this.state = 'judging';
      clearTimeout(this.timer);
      this.begin(parsed).catch((error: unknown) => this.fail(error));
      return false;
    }
    if (this.headFilled <= LONGEST_HEAD_BYTES) return true;
    throw new FerryError('PROTOCOL_ERROR', 'The head of the answer of storage is too long.');
  }

  private async begin(parsed: ResponseHead): Promise<void> {
    const sink = await this.options.onHead(parsed);
    // It may have failed meanwhile, and then nothing may be written any more.
    if (this.state !== 'judging') return;
    this.state = 'body';
    this.sink = sink;
    this.left = sink.length;
    if (this.left === 0) return this.complete();
    const more = this.copy(this.head.subarray(parsed.length, this.headFilled));
    this.headFilled = 0;
    if (this.closed) this.fail(lost('UND_ERR_SOCKET'));
    else if (more) this.socket.resume();
  }

  /** Bytes of the body that came into the buffer of the head. */
  private copy(bytes: Buffer): boolean {
    let more = true;
    for (let from = 0; from < bytes.length && this.left > 0;) {
      const copied = bytes.copy((this.sink as BodySink).space(), 0, from);
      from += copied;
      more = this.took(copied);
    }
    return more;
  }

  /** So many bytes of the body are in their place; false to read no more for now. */
  private took(bytes: number): boolean {
    this.left -= bytes;
    const more = (this.sink as BodySink).filled(bytes);
    if (this.left > 0) return more;
    this.complete();
    return false;
  }

  private complete(): void {
    this.settle();
    this.resolve();
  }
}

function requestHead({ origin, target, headers }: RawGetOptions): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${target} HTTP/1.1\r\nhost: ${new URL(origin).host}\r\nconnection: close\r\n${lines.join('')}\r\n`;
}

// Codes of undici's, so that both ways of fetching speak of the same failures in the same words.
function lost(code: string): Error {
  return Object.assign(new Error(code), { code });
}
