import { readFileSync } from 'node:fs';
import {
  connect,
  constants,
  createSecureServer,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certificates } from '../cluster/certificates';

/** What a client shows: its certificate's serial number, and its API key. */
export interface Shown {
  readonly serial: string;
  readonly apiKey: string;
}

/** An address with mutual TLS and API keys before a Temporal that has neither, as a cluster has. */
export interface TlsFront {
  readonly address: string;
  /** Sessions that are open now, by what their last request has shown. */
  open(): readonly Shown[];
  /** From now on only these may call. Sessions of others are cut. */
  accept(...accepted: readonly Shown[]): void;
  close(): void;
}

export async function openTlsFront(upstreamPort: number, { ca, server: pair }: Certificates): Promise<TlsFront> {
  const sessions = new Map<ServerHttp2Session, Shown>();
  let accepted: readonly Shown[] = [];
  const isRefused = ({ serial, apiKey }: Shown): boolean =>
    !accepted.some((one) => one.serial === serial && one.apiKey === apiKey);
  const server = createSecureServer({
    key: readFileSync(pair.key),
    cert: readFileSync(pair.cert),
    ca: readFileSync(ca),
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('session', (session) => {
    const upstream = connect(`http://127.0.0.1:${upstreamPort}`);
    upstream.on('error', () => session.destroy());
    session.on('error', () => session.destroy());
    session.once('close', () => {
      sessions.delete(session);
      upstream.destroy();
    });
    session.on('stream', (stream, headers) => {
      const shown = shownBy(session, headers);
      sessions.set(session, shown);
      if (isRefused(shown)) return refuse(stream);
      forward(stream, upstream.request(withoutTls(headers)));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => [...sessions.values()],
    accept(...shown) {
      accepted = shown;
      for (const [session, before] of sessions) if (isRefused(before)) session.destroy();
    },
    close() {
      server.close();
      for (const session of sessions.keys()) session.destroy();
    },
  };
}

function shownBy(session: ServerHttp2Session, { authorization = '' }: IncomingHttpHeaders): Shown {
  const { serialNumber } = (session.socket as TLSSocket).getPeerCertificate();
  return { serial: serialNumber, apiKey: authorization.replace(/^Bearer /, '') };
}

function refuse(stream: ServerHttp2Stream): void {
  const unauthenticated = '16';
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': unauthenticated },
    { endStream: true },
  );
}

function withoutTls({ authorization: _apiKey, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders {
  return { ...headers, ':scheme': 'http' };
}

function forward(stream: ServerHttp2Stream, to: ClientHttp2Stream): void {
  let trailers: IncomingHttpHeaders = {};
  stream.on('error', () => to.close(constants.NGHTTP2_CANCEL));
  stream.once('aborted', () => to.close(constants.NGHTTP2_CANCEL));
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.pipe(to);
  to.on('error', () => stream.destroy());
  to.on('trailers', (found) => (trailers = found));
  to.on('response', (headers, flags) => {
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    if (stream.destroyed) return;
    stream.respond(headers, endStream ? { endStream } : { waitForTrailers: true });
    if (!endStream) to.pipe(stream);
  });
}
