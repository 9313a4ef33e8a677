import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';

export interface Sending {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

export interface Received {
  /** 0: no answer came. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** Code of the error that ended it, if one did: before the answer or within its body. */
  readonly lost: string | null;
}

/** One request on a connection of its own; a lost connection is part of what is received. */
export async function send(method: string, url: string, sending: Sending = {}): Promise<Received> {
  return new Promise((resolve) => {
    let status = 0;
    let headers: IncomingHttpHeaders = {};
    const parts: Buffer[] = [];
    const done = (lost: string | null): void => {
      const body = Buffer.concat(parts);
      resolve({ status, headers, body, text: body.toString('utf8'), lost });
    };
    // Not as a URL, which would take `..` out of the path.
    const [, host, port, path] = /^http:\/\/([^:/]+):(\d+)(.*)$/.exec(url) ?? [];
    const target = { host: host ?? '', port: Number(port), path: path ?? '/' };
    const outgoing = request({ ...target, method, agent: false, headers: sending.headers ?? {} });
    outgoing.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    outgoing.on('response', (response) => {
      status = response.statusCode ?? 0;
      headers = response.headers;
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
      response.on('end', () => done(null));
    });
    outgoing.end(sending.body);
  });
}

export interface RawConnection {
  write(text: string | Buffer): void;
  /** Sends FIN and goes on reading. */
  end(): void;
  reset(): void;
  /** All that has come so far. */
  received(): string;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>;
}

/** A connection under the test's own hands. */
export async function rawConnection(url: string): Promise<RawConnection> {
  const { port, hostname } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('end', () => {
      socket.end();
      resolve();
    });
    socket.once('close', () => resolve());
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.on('error', reject);
  });
  return {
    write: (chunk) => void socket.write(chunk),
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    received: () => text,
    closed,
  };
}

/** The head of a request for a signed URL, as it goes over the wire. */
export function rawHead(method: string, link: string, headers: Record<string, string | number>): string {
  const { pathname, search } = new URL(link);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('')}\r\n`;
}

/** Polls until `condition` gives something; fails after ten seconds. */
export async function eventually<T>(condition: () => Promise<T | null | false> | T | null | false): Promise<T> {
  const giveUpAt = Date.now() + 10_000;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== false) return value;
    if (Date.now() > giveUpAt) throw new Error('What the test waits for did not happen within 10 s.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
