import net from 'node:net';
import tls from 'node:tls';
import { WebSocket } from 'ws';
import { FerryError } from '../errors';
import { CONNECT_OPTIONS } from '../lib/connecting';
import { defined } from '../lib/defined';
import type { ResolvedOptions } from './options';
import { throttlePauseMs, unavailable } from './service-errors';
import type { AccountAddress, ConsumerToken } from './types';

/**
 * Frames to a consumer that sends files are far smaller. Larger frames close the socket (1009).
 */
const LARGEST_FRAME_BYTES = 1_048_576;
/**
 * History comes in frames of many messages, each with a preview of up to 30 KB: a hundred of them are 3 MB, and no
 * source names a bound.
 */
export const LARGEST_HISTORY_FRAME_BYTES = 16 * 1_048_576;

export interface DialedSocket {
  readonly ws: WebSocket;
  /** The stream that `ws` writes to: TLS, or the TCP socket itself. */
  readonly wire: net.Socket;
  /** The socket below TLS. A reset drops the bytes that the kernel has not sent. */
  readonly raw: net.Socket;
}

/** LivePerson's client properties. The agents' side looks for PHOTO_SHARING. */
export function clientProperties(type: string): Readonly<Record<string, unknown>> {
  const os = { linux: 'LINUX', win32: 'WINDOWS', darwin: 'OSX' }[process.platform as string] ?? 'OTHER';
  return { type, deviceFamily: 'OTHER', os, features: ['PHOTO_SHARING'] };
}

/**
 * Opens a consumer socket (v3) on `origin` (http or https). Resolves when the upgrade is done. Throws TOKEN_EXPIRED for
 * an upgrade refused with 401, UNTRUSTED_HOST for a redirect, THROTTLED for 429, REQUEST_REFUSED for another 4xx and
 * MESSAGING_UNAVAILABLE for the rest.
 */
export async function dial(
  origin: string,
  account: AccountAddress,
  token: ConsumerToken,
  options: ResolvedOptions,
  largestFrameBytes = LARGEST_FRAME_BYTES,
): Promise<DialedSocket> {
  const host = new URL(origin);
  let raw: net.Socket | undefined;
  let wire: net.Socket | undefined;
  const url = `${origin.replace(/^http/, 'ws')}/ws_api/account/${encodeURIComponent(account.accountId)}/messaging/consumer?v=3`;
  const ws = new WebSocket(url, {
    // Connections of our own, so that the TCP socket below TLS can be reset.
    createConnection: () => {
      raw = connectTcp(host);
      wire = host.protocol === 'https:' ? connectTls(raw, host, account) : raw;
      return wire;
    },
    maxPayload: largestFrameBytes,
    perMessageDeflate: false,
    followRedirects: false,
    headers:
      options.socketAuthentication === 'header'
        ? {
            authorization: `jwt ${token.jwt}`,
            'client-properties': JSON.stringify(clientProperties('.ClientProperties')),
          }
        : {},
  });
  const what = `The messaging service at ${host.host}`;
  const opened = new Promise<void>((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('unexpected-response', (request, response) => {
      request.destroy();
      reject(upgradeRefusal(what, response.statusCode ?? 0));
    });
    // Stays attached: an error without a listener would end the process. After the upgrade, 'close' follows it.
    ws.on('error', (error) => reject(late ? tookTooLong(what, options.connectTimeoutMs) : unavailable(what, error)));
  });
  let late = false;
  // A timeout of our own, from DNS to the upgrade: the timeout of ws does not cover connections that ws did not make.
  const timer = setTimeout(() => {
    late = true;
    ws.terminate();
  }, options.connectTimeoutMs);
  try {
    await opened;
  } catch (error) {
    raw?.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  if (raw === undefined || wire === undefined) {
    throw new FerryError('INTERNAL', 'A socket opened without a connection.');
  }
  return { ws, wire, raw };
}

function tookTooLong(what: string, ms: number): FerryError {
  return new FerryError('MESSAGING_UNAVAILABLE', `${what} did not open a socket within ${ms / 1_000} s.`, {
    details: { reason: 'TIMEOUT' },
  });
}

function connectTcp(host: URL): net.Socket {
  const port = host.port === '' ? (host.protocol === 'https:' ? 443 : 80) : Number(host.port);
  const raw = net.connect({ ...CONNECT_OPTIONS, host: bareName(host), port, noDelay: true });
  // The TCP socket needs a listener of its own; the TLS socket above reports the error.
  raw.on('error', () => undefined);
  return raw;
}

function connectTls(raw: net.Socket, host: URL, account: AccountAddress): tls.TLSSocket {
  const name = bareName(host);
  return tls.connect({
    socket: raw,
    // For the check of the certificate. SNI must not be an address.
    host: name,
    ...(net.isIP(name) === 0 ? { servername: name } : {}),
    ...defined({ ca: account.ca }),
    ALPNProtocols: ['http/1.1'],
  });
}

function bareName(host: URL): string {
  return host.hostname.replace(/^\[|\]$/g, '');
}

function upgradeRefusal(what: string, status: number): FerryError {
  const details = { status };
  if (status === 401) {
    return new FerryError('TOKEN_EXPIRED', `${what} does not accept the consumer token any more (401).`, { details });
  }
  if (status >= 300 && status < 400) {
    return new FerryError('UNTRUSTED_HOST', `${what} answered with a redirect (${status}), which is never followed.`, {
      details,
    });
  }
  if (status === 429) {
    return new FerryError('THROTTLED', `${what} asks for fewer connections (429).`, {
      retryAfterMs: throttlePauseMs(),
      details,
    });
  }
  if (status >= 400 && status < 500 && status !== 408) {
    return new FerryError('REQUEST_REFUSED', `${what} refused the connection (${status}).`, { details });
  }
  // LivePerson answers 503 also for an account without Messaging. Ferry cannot distinguish the two.
  return new FerryError('MESSAGING_UNAVAILABLE', `${what} did not open a socket (${status}).`, { details });
}
