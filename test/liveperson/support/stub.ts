/**
 * A small LivePerson of the tests' own: every answer can be replaced, so that odd ones can be tried. Shares no code
 * with the library or the sandbox.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { AccountAddress, ConsumerToken } from '../../../src/liveperson';

const ACCOUNT_ID = '12345678';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface SeenFrame {
  readonly id: string;
  readonly type: string;
  readonly body: Record<string, unknown>;
  readonly headers: unknown;
  readonly socket: WebSocket;
}

export interface StubAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Stub {
  readonly host: string;
  readonly account: AccountAddress;
  readonly requests: SeenRequest[];
  readonly frames: SeenFrame[];
  readonly upgrades: IncomingMessage[];
  readonly sockets: Set<WebSocket>;
  /** Answers a plain request instead of the default. undefined: the default. */
  onRequest: (request: SeenRequest) => StubAnswer | 'cut' | undefined | Promise<StubAnswer | 'cut' | undefined>;
  /** Handles a frame instead of the default. false: the default. */
  onFrame: (frame: SeenFrame) => boolean;
  /** Status of the answer to an upgrade instead of 101. */
  upgradeStatus: number | null;
  /** Upgrades wait for this. */
  upgradeGate: Promise<void>;
  framesOf(type: string): SeenFrame[];
  stop(): Promise<void>;
}

const PROPERTY_PATH = '/configuration/setting/properties/';

export async function startStub(tls?: {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}): Promise<Stub> {
  const server: Server = tls === undefined ? createServer() : createTlsServer(tls);
  const wss = new WebSocketServer({ noServer: true });
  const connections = new Set<Socket>();
  const property = { value: 'true' as unknown, revision: 7 };
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stub: Stub = {
    host,
    account: {
      accountId: ACCOUNT_ID,
      domain: host,
      plaintext: tls === undefined,
      trustedHosts: [],
      ...(tls === undefined ? {} : { ca: tls.ca }),
    },
    requests: [],
    frames: [],
    upgrades: [],
    sockets: new Set(),
    onRequest: () => undefined,
    onFrame: () => false,
    upgradeStatus: null,
    upgradeGate: Promise.resolve(),
    framesOf: (type) => stub.frames.filter((frame) => frame.type === type),
    async stop() {
      for (const socket of connections) socket.destroy();
      wss.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('request', (request, response) => void serve(stub, property, request, response));
  server.on('upgrade', (request, socket, head) => {
    stub.upgrades.push(request);
    void stub.upgradeGate.then(() => {
      if (stub.upgradeStatus !== null) {
        socket.end(`HTTP/1.1 ${stub.upgradeStatus} No\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n`);
        return;
      }
      wss.handleUpgrade(request, socket, head, (ws) => welcome(stub, ws));
    });
  });
  return stub;
}

async function serve(
  stub: Stub,
  property: { value: unknown; revision: number },
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const request: SeenRequest = {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
  stub.requests.push(request);
  const answer = (await stub.onRequest(request)) ?? defaultAnswer(stub, property, request);
  if (answer === 'cut') {
    incoming.socket.destroy();
    return;
  }
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
  response.end(body);
}

function defaultAnswer(stub: Stub, property: { value: unknown; revision: number }, request: SeenRequest): StubAnswer {
  const { path, method } = request;
  if (path.includes('/service/')) return { status: 200, body: { baseURIs: baseUris(stub.host) } };
  if (path.includes('/login')) {
    const body = { bearer: 'b'.repeat(64), csrf: 'c'.repeat(64), sessionTTl: '28800000', config: {} };
    return { status: 200, body, headers: { 'set-cookie': 'Session_id=s1; Path=/' } };
  }
  if (path.includes(PROPERTY_PATH)) {
    if (method === 'PUT') {
      property.value = (JSON.parse(request.body) as { propertyValue: { value: unknown } }).propertyValue.value;
      property.revision++;
    }
    const id = path.split(PROPERTY_PATH)[1]?.split('?')[0];
    const body = { id, type: 1, propertyValue: { value: property.value }, deleted: false };
    return { status: 200, body, headers: { etag: `"${property.revision}"` } };
  }
  if (path.endsWith('/signup') || path.endsWith('/authenticate'))
    return { status: 200, body: { jwt: makeJwt('sub-1') } };
  if (path.endsWith('/anonymous/authorize')) return { status: 200, body: { token: 'external-1' } };
  if (path.includes('/app/')) return { status: 200, body: { token: makeJwt('sub-1', 1_900_000_000) } };
  return { status: 404 };
}

export function baseUris(host: string): readonly object[] {
  const services = ['asyncMessagingEnt', 'idp', 'agentVep', 'swift', 'accountConfigReadWrite'];
  return services.map((service) => ({ service, account: ACCOUNT_ID, baseURI: host }));
}

export function makeJwt(sub: string, exp?: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ sub, ...(exp === undefined ? {} : { exp }) })}.c2lnbmF0dXJl`;
}

export function tokenOf(sub: string): ConsumerToken {
  return { jwt: makeJwt(sub), consumerId: sub, expiresAt: null };
}

function welcome(stub: Stub, ws: WebSocket): void {
  stub.sockets.add(ws);
  ws.on('error', () => undefined);
  ws.on('close', () => stub.sockets.delete(ws));
  ws.on('message', (data: Buffer) => {
    const json = JSON.parse(data.toString('utf8')) as Omit<SeenFrame, 'socket'>;
    const frame: SeenFrame = { ...json, body: json.body ?? {}, socket: ws };
    stub.frames.push(frame);
    if (!stub.onFrame(frame)) defaultReply(frame);
  });
}

const BODIES: Readonly<Record<string, unknown>> = {
  GetClock: { currentTime: 1_700_000_000_000 },
  InitConnection: 'Connection initialised',
  'cm.ConsumerRequestConversation': { conversationId: 'conversation-1' },
  'cqm.SubscribeExConversations': { subscriptionId: 'subscription-1' },
  'ms.PublishEvent': { sequence: 3 },
  'ms.SubscribeMessagingEvents': {},
};

function defaultReply(frame: SeenFrame): void {
  if (frame.type.startsWith('ms.GenerateURL')) {
    const relativePath = frame.body['relativePath'] ?? `/v1/AUTH_async-images/${ACCOUNT_ID}/object-${frame.id}.PNG`;
    const queryParams = { temp_url_sig: 'a'.repeat(40), temp_url_expires: '1700000060' };
    reply(frame, 200, { relativePath, queryParams });
    return;
  }
  reply(frame, 200, BODIES[frame.type] ?? {});
  if (frame.type === 'cqm.SubscribeExConversations') notifyConversations(frame, []);
}

export function reply(frame: SeenFrame, code: unknown, body: unknown, type = 'Whatever'): void {
  frame.socket.send(JSON.stringify({ kind: 'resp', reqId: frame.id, code, body, type }));
}

export function notifyConversations(frame: SeenFrame, changes: unknown, subscriptionId = 'subscription-1'): void {
  const body = { subscriptionId, changes };
  frame.socket.send(JSON.stringify({ kind: 'notification', type: 'cqm.ExConversationChangeNotification', body }));
}

export function notifyMessages(frame: SeenFrame, changes: unknown): void {
  const body = { changes };
  frame.socket.send(JSON.stringify({ kind: 'notification', type: 'ms.MessagingEventNotification', body }));
}
