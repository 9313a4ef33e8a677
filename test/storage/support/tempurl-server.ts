/**
 * A small TempURL storage on a real socket, with switches for what can go wrong. Objects lie in memory or, when they are
 * large, are made up from a seed.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { signedUrl, type SignedUrl } from '../../../src/storage';

const KEY = 'test-key';
export const CONTAINER = '/v1/AUTH_test/12345678';

export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string> }
  | { readonly dropBefore: true }
  | { readonly dropAfter: true }
  /** PUT: stop taking bytes after so many. GET: stop sending. */
  | { readonly stallAfterBytes: number }
  | { readonly resetAfterBytes: number }
  /** Answers once so many bytes of a PUT came, and goes on reading. */
  | { readonly answerAfterBytes: number; readonly status: number }
  /** Moves so many bytes per second. */
  | { readonly bytesPerSecond: number }
  /** Never answers. */
  | { readonly silent: true }
  | { readonly corrupt: true };

export interface StoredBytes {
  bytes: Buffer;
  etag: string;
}

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  bytesIn: number;
  bytesOut: number;
  status: number | null;
}

export interface TempUrlServer {
  readonly origin: string;
  readonly requests: SeenRequest[];
  readonly objects: Map<string, StoredBytes>;
  /** Taken one for each request of the method, in order. */
  readonly faults: { readonly method: string; readonly fault: Fault }[];
  /** Added to the clock that `Date` headers and expiry go by. */
  clockAheadMs: number;
  ignoreRanges: boolean;
  readonly connections: () => number;
  sign(method: 'PUT' | 'GET', path: string, lifeSeconds?: number): SignedUrl;
  put(path: string, bytes: Buffer): void;
  close(): Promise<void>;
}

export interface TempUrlServerOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function startTempUrlServer(options: TempUrlServerOptions = {}): Promise<TempUrlServer> {
  const sockets = new Set<Socket>();
  const listener = (request: IncomingMessage, response: ServerResponse): void => void handle(self, request, response);
  const server: Server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const self: TempUrlServer = {
    origin: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests: [],
    objects: new Map(),
    faults: [],
    clockAheadMs: 0,
    ignoreRanges: false,
    connections: () => sockets.size,
    sign(method, path, lifeSeconds = 60) {
      const expires = String(Math.floor((Date.now() + self.clockAheadMs) / 1000) + lifeSeconds);
      const queryParams = { temp_url_sig: signature(method, expires, path), temp_url_expires: expires };
      return signedUrl({ origin: self.origin, relativePath: path, queryParams });
    },
    put: (path, bytes) => void self.objects.set(path, { bytes, etag: md5(bytes) }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return self;
}

export function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

function signature(method: string, expires: string, path: string): string {
  return createHmac('sha1', KEY).update(`${method}\n${expires}\n${path}`).digest('hex');
}

async function handle(self: TempUrlServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  const seen: SeenRequest = {
    method: request.method ?? '',
    target: request.url ?? '',
    headers: request.headers,
    bytesIn: 0,
    bytesOut: 0,
    status: null,
  };
  self.requests.push(seen);
  response.setHeader('date', new Date(Date.now() + self.clockAheadMs).toUTCString());
  response.on('close', () => (seen.status = response.headersSent ? response.statusCode : null));
  const index = self.faults.findIndex((entry) => entry.method === request.method);
  const fault = index < 0 ? undefined : self.faults.splice(index, 1)[0]?.fault;
  const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
  if (fault !== undefined && 'silent' in fault) return;
  if (fault !== undefined && 'dropBefore' in fault) return void request.socket.destroy();
  if (fault !== undefined && 'status' in fault && !('answerAfterBytes' in fault)) {
    response.writeHead(fault.status, fault.headers).end(request.method === 'HEAD' ? undefined : 'refused\n');
    request.resume();
    return;
  }
  if (!allowed(self, request, path)) {
    response.writeHead(401, { 'www-authenticate': 'Swift realm="unknown"' });
    response.end(request.method === 'HEAD' ? undefined : '401 Unauthorized: Temp URL invalid\n');
    request.resume();
    return;
  }
  if (request.method === 'PUT') await takeObject(self, path, request, response, seen, fault);
  else giveObject(self, path, request, response, seen, fault);
}

function allowed(self: TempUrlServer, request: IncomingMessage, path: string): boolean {
  const query = new URL(request.url ?? '', 'http://x').searchParams;
  const expires = query.get('temp_url_expires') ?? '';
  if (Number(expires) <= Math.floor((Date.now() + self.clockAheadMs) / 1000)) return false;
  const methods = request.method === 'HEAD' ? ['HEAD', 'GET', 'PUT'] : [request.method ?? ''];
  return methods.some((method) => signature(method, expires, path) === query.get('temp_url_sig'));
}

async function takeObject(
  self: TempUrlServer,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest,
  fault: Fault | undefined,
): Promise<void> {
  const chunks: Buffer[] = [];
  const hash = createHash('md5');
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      seen.bytesIn += chunk.length;
      hash.update(chunk);
      chunks.push(chunk);
      if (fault === undefined) continue;
      if ('resetAfterBytes' in fault && seen.bytesIn >= fault.resetAfterBytes) {
        request.socket.resetAndDestroy();
        return;
      }
      if ('stallAfterBytes' in fault && seen.bytesIn >= fault.stallAfterBytes) {
        await new Promise((resolve) => request.socket.once('close', resolve));
        return;
      }
      if ('answerAfterBytes' in fault && seen.bytesIn >= fault.answerAfterBytes && !response.headersSent) {
        response.writeHead(fault.status).end('refused\n');
      }
      if ('bytesPerSecond' in fault) {
        await new Promise((resolve) => setTimeout(resolve, (chunk.length / fault.bytesPerSecond) * 1000));
      }
    }
  } catch {
    return;
  }
  if (response.headersSent) return;
  const etag = hash.digest('hex');
  self.objects.set(path, { bytes: Buffer.concat(chunks), etag });
  if (fault !== undefined && 'dropAfter' in fault) return void request.socket.destroy();
  const corrupt = fault !== undefined && 'corrupt' in fault;
  response.writeHead(201, { etag: corrupt ? md5(Buffer.from('other')) : etag, 'content-length': '0' }).end();
}

function giveObject(
  self: TempUrlServer,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest,
  fault: Fault | undefined,
): void {
  const object = self.objects.get(path);
  if (object === undefined) return void response.writeHead(404).end(request.method === 'HEAD' ? undefined : 'none');
  const { bytes, etag } = object;
  const ifMatch = request.headers['if-match'];
  if (ifMatch !== undefined && ifMatch.replaceAll('"', '') !== etag) {
    return void response.writeHead(412, { etag }).end();
  }
  const range = /^bytes=(\d+)-$/.exec(
    request.method === 'GET' && !self.ignoreRanges ? (request.headers.range ?? '') : '',
  );
  const from = range === null ? 0 : Number(range[1]);
  if (range !== null && from >= bytes.length) {
    return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
  }
  response.writeHead(range === null ? 200 : 206, {
    etag,
    'content-length': String(bytes.length - from),
    ...(range === null ? {} : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
  if (request.method === 'HEAD') return void response.end();
  send(Buffer.from(bytes.subarray(from)), response, seen, fault);
}

function send(body: Buffer, response: ServerResponse, seen: SeenRequest, fault: Fault | undefined): void {
  if (fault !== undefined && 'corrupt' in fault) body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
  const cut = fault !== undefined && 'resetAfterBytes' in fault ? fault.resetAfterBytes : null;
  const stall = fault !== undefined && 'stallAfterBytes' in fault ? fault.stallAfterBytes : null;
  if (fault !== undefined && 'bytesPerSecond' in fault) return trickle(body, response, seen, fault.bytesPerSecond);
  const part = body.subarray(0, cut ?? stall ?? body.length);
  seen.bytesOut += part.length;
  if (part.length === body.length) return void response.end(part);
  response.write(part, () => {
    if (cut !== null) response.socket?.end();
  });
}

function trickle(body: Buffer, response: ServerResponse, seen: SeenRequest, bytesPerSecond: number): void {
  let at = 0;
  const timer = setInterval(() => {
    const piece = body.subarray(at, at + Math.ceil(bytesPerSecond / 50));
    at += piece.length;
    seen.bytesOut += piece.length;
    response.write(piece);
    if (at < body.length) return;
    clearInterval(timer);
    response.end();
  }, 20);
  response.on('close', () => clearInterval(timer));
}
