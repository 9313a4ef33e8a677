/** The one HTTP server: gives each request to storage, the messaging side or the pages, and keeps the journal. */
import { STATUS_CODES, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { followTcpConnections } from './tls/tcp-below';
import type { ServerIdentity } from './tls/authority';
import { isGone, reply, replyJson, type Exchange } from './exchange';
import { refusalOf, typeRefusalOf, type Refused } from './guard';
import { servePage, type PageSources } from './pages';
import type { LoadGauges } from './load';
import type { RequestJournal } from './request-log';
import { serveRoute } from './route-faults';
import { SandboxError, codeOf, messageOf } from './sandbox-error';
import { giveUpUpload } from './storage/stall-watch';
import { Turns, answerHalfClosed } from './turns';
import type { Faults, HttpRoute, LoadKind, Messaging } from './types';

/** Two slashes in front are a common slip, which Swift answers with its usual 401. */
const STORAGE_PATH = /^\/+v1(?:\.0)?(?:\/|$)/;

export interface Services {
  /** null: plain HTTP. */
  readonly identity: Pick<ServerIdentity, 'cert' | 'key'> | null;
  readonly messaging: Messaging;
  readonly faults: Faults;
  readonly requests: RequestJournal;
  readonly load: LoadGauges;
  readonly pages: PageSources;
  /** null: storage is elsewhere. */
  readonly storage: ((exchange: Exchange, rawPath: string, query: URLSearchParams) => Promise<void>) | null;
  readonly log: (line: string) => void;
}

export class SandboxServer {
  private readonly server: Server;
  private readonly log: (line: string) => void;
  private readonly sockets = new Set<Socket>();
  private readonly underWay = new Set<Promise<void>>();
  /** The latest answer on each connection. */
  private readonly answers = new WeakMap<object, ServerResponse>();
  private readonly turns = new Turns();

  constructor(services: Services) {
    this.log = services.log;
    const options = {
      // Swift takes a length and chunked coding together, and answers an odd transfer coding itself.
      insecureHTTPParser: true,
      // A slow upload is a normal one. What stalls is given up by storage itself.
      requestTimeout: 0,
      headersTimeout: 60_000,
      keepAliveTimeout: 75_000,
    };
    const { identity } = services;
    this.server = identity === null ? createServer(options) : createSecureServer({ ...options, ...identity });
    if (identity !== null) followTcpConnections(this.server);
    answerHalfClosed(this.server);
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    const take = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void => {
      this.answers.set(request.socket, response);
      const exchange = enter(services, request, response, awaitsContinue);
      this.track(this.turns.take(request.socket, response, () => serve(services, exchange)));
    };
    this.server.on('request', (request, response) => take(request, response, false));
    this.server.on('checkContinue', (request, response) => take(request, response, true));
    this.server.on('upgrade', (request, socket, head) => upgrade(services, request, socket, head));
    this.server.on('clientError', (_error, socket) => refuseUnreadable(socket, this.answers.get(socket)));
  }

  /**
   * @returns the port
   * @throws SandboxError when the port is not available
   */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error) => reject(portError(port, error)));
      this.server.listen(port, '127.0.0.1', resolve);
    });
    this.server.on('error', (error) => this.log(`sandbox: ${error.message}`));
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Connections are cut, upgraded ones too: what was acknowledged is on disk already. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    for (const socket of this.sockets) socket.destroy();
    await closed;
    await Promise.all(this.underWay);
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }
}

/** The bytes that follow are not a request: the surplus of a body, or the end of a connection during an upload. */
function refuseUnreadable(socket: Duplex, answer: ServerResponse | undefined): void {
  if (giveUpUpload(socket) || !socket.writable) return;
  // A request before it that was whole gets its answer first; to one that broke off in its body none will come.
  if (answer !== undefined && !answer.writableFinished && answer.req.complete) {
    answer.once('finish', () => refuseUnreadable(socket, undefined));
    return;
  }
  socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  (socket as Socket).destroySoon();
}

/** Into the journal on arrival, whenever its turn may come. */
function enter(
  services: Services,
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
): Exchange {
  const { rawPath } = targetOf(request);
  const shown = { over: 'http', method: request.method ?? '', path: rawPath, bytesIn: 0, bytesOut: 0 } as const;
  const record = rawPath.startsWith('/_sandbox/') ? { at: '', ...shown } : services.requests.open(shown);
  if (!rawPath.startsWith('/_sandbox/')) meter(services, request, response, rawPath);
  // A client that goes away is not reported here; the reader of its body handles the request.
  response.on('error', () => undefined);
  return { request, response, record, awaitsContinue };
}

/** A request counts until its answer is handed over whole, or its connection is lost. */
function meter(services: Services, request: IncomingMessage, response: ServerResponse, rawPath: string): void {
  const answered = services.load.enter(loadKind(services, request.method ?? 'GET', rawPath));
  response.once('prefinish', answered);
  response.once('close', answered);
}

function loadKind(services: Services, method: string, rawPath: string): LoadKind {
  if (STORAGE_PATH.test(rawPath)) return ['PUT', 'GET', 'HEAD'].includes(method) ? 'transfers' : 'others';
  const point = routeOf(services, method, decoded(rawPath) ?? '')?.point ?? '';
  return point === 'login' || point === 'signup' ? 'requests' : 'others';
}

function routeOf(services: Services, method: string, path: string): HttpRoute | undefined {
  return services.messaging.routes.find((route) => route.matches(method, path));
}

async function serve(services: Services, exchange: Exchange): Promise<void> {
  const { request, response, record } = exchange;
  try {
    await dispatch(services, exchange, targetOf(request));
  } catch (error) {
    if (isGone(exchange)) return;
    services.log(`sandbox: ${request.method} ${record.path}: ${messageOf(error)}`);
    if (response.headersSent) request.socket.destroy();
    else replyJson(exchange, 500, { error: 'The sandbox failed; its log says why.' });
  }
}

interface RequestTarget {
  readonly rawPath: string;
  readonly query: URLSearchParams;
}

function targetOf(request: IncomingMessage): RequestTarget {
  // Never through URL resolution, which would take `..` and `//` out of an object's name.
  const absolute = /^https?:\/\/[^/?]*/i.exec(request.url ?? '')?.[0] ?? '';
  const target = (request.url ?? '').slice(absolute.length);
  const at = target.indexOf('?');
  if (at === -1) return { rawPath: target, query: new URLSearchParams() };
  return { rawPath: target.slice(0, at), query: new URLSearchParams(target.slice(at + 1)) };
}

/** Before any fault rule: a refused request is none of the client's that is being tried. */
function guard({ identity }: Services, request: IncomingMessage): Refused | null {
  return refusalOf(request, identity === null ? 'http' : 'https');
}

async function dispatch(services: Services, exchange: Exchange, { rawPath, query }: RequestTarget): Promise<void> {
  const refused = guard(services, exchange.request);
  if (refused !== null) return replyJson(exchange, refused.status, { error: refused.error });
  if (rawPath.startsWith('/_sandbox/')) return servePage(exchange, rawPath, services.pages);
  if (services.storage !== null && STORAGE_PATH.test(rawPath)) return services.storage(exchange, rawPath, query);
  const path = decoded(rawPath);
  if (path === null) return replyJson(exchange, 400, { error: 'The path is not well-formed.' });
  const route = routeOf(services, exchange.request.method ?? 'GET', path);
  if (route !== undefined) {
    const wrongType = typeRefusalOf(exchange.request, false);
    if (wrongType !== null) return replyJson(exchange, wrongType.status, { error: wrongType.error });
    return serveRoute(exchange, route, { path, query }, services.faults);
  }
  reply(exchange, { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'Not found\n' });
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

function upgrade(services: Services, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => undefined);
  const refused = guard(services, request);
  if (refused === null && services.messaging.upgrade(request, socket, head)) return;
  const status = refused?.status ?? 404;
  const { rawPath: path } = targetOf(request);
  services.requests.add({ over: 'http', method: request.method ?? '', path, status, bytesIn: 0, bytesOut: 0 });
  const statusLine = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
  socket.end(`${statusLine}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function portError(port: number, error: Error): SandboxError {
  const code = codeOf(error);
  if (code === 'EADDRINUSE')
    return new SandboxError(`Port ${port} on 127.0.0.1 is in use by another program.`, { taken: 'port' });
  if (code === 'EACCES') return new SandboxError(`Port ${port} on 127.0.0.1 may not be used without more rights.`);
  return new SandboxError(`The sandbox could not listen on port ${port} of 127.0.0.1: ${error.message}`);
}
