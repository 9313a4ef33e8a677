import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { identify, identifyAgent, upgradeProperties, upgradeToken, type Presented } from './authentication';
import type { Context } from './context';
import { createFrameLine } from './frame-line';
import { createSession, expiredCode, type Session } from './session';
import { actOnNewSocket, isAction, statusByFault } from './socket-faults';

/** Preview and caption of a publish fit in; a longer frame closes the socket with 1009. */
const LARGEST_FRAME_BYTES = 256 * 1024;
/** How long a peer may take to answer the close frame when the sandbox ends. */
const GOODBYE_MS = 500;
/** The token may stand in the path, as in an old official sample. */
const SOCKET_PATH = /^\/ws_api\/account\/([^/]+)\/messaging\/(consumer|brand)(?:\/([^/]+))?\/?$/;
/** Of the brand's socket: 2 is what lp-api asks for, 2.1 what node-agent-sdk does. */
const BRAND_VERSIONS = ['2', '2.1'];

/** A request line holds a path alone; the host is never looked at. */
const BASE = 'http://sandbox';

export interface SocketGate {
  /** True when the path is that of a socket; the answer follows by itself. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  close(): Promise<void>;
}

/** An upgrade that is being decided on. */
interface Knock {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly url: URL;
  readonly account: string;
  readonly side: 'consumer' | 'brand';
  readonly pathToken: string | undefined;
}

/**
 * The door of the sockets. Of the consumer's (v3): A bad token, another site or another version is refused with an HTTP
 * status; an expired token is let in and closed with 4401 (4407 for an anonymous one); without any the socket waits for
 * InitConnection. The brand's socket (v2.1) has its bearer in the path.
 */
export function createSocketGate(context: Context): SocketGate {
  const server = new WebSocketServer({ noServer: true, maxPayload: LARGEST_FRAME_BYTES, perMessageDeflate: false });
  const waiting = new Set<Duplex>();
  let isClosed = false;

  async function decide(knock: Knock): Promise<void> {
    const action = context.deps.faults.take('socket');
    if (isAction(action, 'delayMs')) await context.pause(action.delayMs);
    const presented = present(context, knock);
    const status = statusByFault(action) ?? statusByRule(context, knock, presented);
    waiting.delete(knock.socket);
    if (action === 'drop-before' || knock.socket.destroyed || isClosed) {
      record(context, knock, undefined);
      knock.socket.destroy();
      return;
    }
    record(context, knock, status);
    if (status !== 101) {
      refuseUpgrade(knock.socket, status);
      return;
    }
    server.handleUpgrade(knock.request, knock.socket, knock.head, (ws) => {
      const session = openSession(context, ws, knock, presented);
      actOnNewSocket(session, action);
    });
  }

  return {
    upgrade(request, socket, head) {
      // A request line may have any text, also one that is not a URL.
      const url = URL.canParse(request.url ?? '/', BASE) ? new URL(request.url ?? '/', BASE) : null;
      const parts = SOCKET_PATH.exec(url?.pathname ?? '');
      if (!url || !parts) return false;
      socket.on('error', () => socket.destroy());
      waiting.add(socket);
      const knock = {
        request,
        socket,
        head,
        url,
        account: parts[1] ?? '',
        side: sideOf(parts[2]),
        pathToken: parts[3],
      };
      decide(knock).catch(() => socket.destroy());
      return true;
    },
    async close() {
      isClosed = true;
      for (const socket of waiting) socket.destroy();
      await Promise.all([...server.clients].map(sayGoodbye));
      server.close();
    },
  };
}

/** "Going away", as from a server in maintenance; a peer that does not answer the close frame is cut off. */
async function sayGoodbye(ws: WebSocket): Promise<void> {
  if (ws.readyState === ws.CLOSED) return;
  const gone = new Promise((resolve) => ws.once('close', resolve));
  const patience = setTimeout(() => ws.terminate(), GOODBYE_MS);
  ws.close(1001, 'shutting down');
  await gone;
  clearTimeout(patience);
}

function sideOf(name: string | undefined): Knock['side'] {
  return name === 'brand' ? 'brand' : 'consumer';
}

function present(context: Context, { request, pathToken, side }: Knock): Presented | null {
  if (side === 'brand') return identifyAgent(context.ledger, pathToken ?? '');
  const token = upgradeToken(request, pathToken);
  return token === null ? null : identify(context.authority, token);
}

function statusByRule(context: Context, { url, account, side }: Knock, presented: Presented | null): number {
  if (account !== context.deps.accountId) return 401;
  const versions = side === 'brand' ? BRAND_VERSIONS : ['3'];
  if (!versions.includes(url.searchParams.get('v') ?? '')) return 404;
  return presented && !presented.identity ? 401 : 101;
}

function record(context: Context, { account, side }: Knock, status: number | undefined): void {
  const path = `/ws_api/account/${account}/messaging/${side}`;
  const outcome = status === undefined ? {} : { status };
  context.deps.requests.add({ over: 'http', method: 'GET', path, bytesIn: 0, bytesOut: 0, ...outcome });
}

function refuseUpgrade(socket: Duplex, status: number): void {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
  socket.end(`${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function openSession(context: Context, ws: WebSocket, knock: Knock, presented: Presented | null): Session {
  const session = createSession(ws, knock.socket, context.behaviour, knock.side === 'brand' ? 'v2' : 'v3');
  const line = createFrameLine(session, context);
  session.clientProperties = {
    ...upgradeProperties(knock.request, knock.url.searchParams),
    ipAddress: knock.request.socket.remoteAddress ?? '127.0.0.1',
  };
  context.sessions.add(session);
  ws.on('close', () => {
    context.sessions.delete(session);
    line.end();
  });
  // Protocol errors close the socket by themselves (1009, 1002 ...); without a listener they would end the process.
  ws.on('error', () => undefined);
  ws.on('ping', () => session.touch());
  ws.on('pong', () => session.touch());
  ws.on('message', (data: RawData, isBinary: boolean) => {
    session.touch();
    line.take(isBinary ? null : textOf(data));
  });
  if (presented?.identity) admit(session, presented.identity, presented.isExpired);
  return session;
}

function admit(session: Session, identity: NonNullable<Presented['identity']>, isExpired: boolean): void {
  if (isExpired) session.close(expiredCode(identity), 'token expired');
  else session.authenticate(identity);
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString('utf8');
}
