import { isIP } from 'node:net';
import { connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import { isLoopback } from '../../lib/loopback';
import type { Finding } from './finding';

/** What the settings for Temporal's SDK say of TLS. */
export interface TemporalTls {
  readonly serverNameOverride?: string | null | undefined;
  readonly serverRootCACertificate?: Uint8Array | null | undefined;
  readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array } | null | undefined;
}

const CHECK = 'Temporal TLS';

/** As long as the rest of the doctor waits for Temporal. */
const WITHIN_MS = 4000;

const SOON_MS = 14 * 86_400_000;

/** Makes a connection of its own, as Temporal's SDK would, because the SDK does not tell what it has agreed on. */
export async function tlsFinding(
  address: string,
  tls: TemporalTls | boolean | null | undefined,
  nowMs: number,
): Promise<Finding> {
  if (!tls) return plaintextFinding(address);
  const socket = await open(address, tls === true ? {} : tls);
  const peer = socket.getPeerCertificate();
  const version = socket.getProtocol() ?? 'TLS';
  socket.destroy();
  const until = Date.parse(peer.valid_to);
  const message = `${version} with ${nameOf(peer)}, whose certificate is valid until ${isoDay(until)}`;
  if (until - nowMs > SOON_MS) return { check: CHECK, result: 'ok', message };
  const days = Math.max(0, Math.floor((until - nowMs) / 86_400_000));
  const remedy = 'Renew the certificate of Temporal in time: without it no transfer goes on.';
  return { check: CHECK, result: 'warn', message: `${message}: ${days} days left`, remedy };
}

function plaintextFinding(address: string): Finding {
  if (isLoopback(address)) return { check: CHECK, result: 'ok', message: 'none: Temporal is on this machine' };
  const message = 'none: everything between here and Temporal can be read and changed on the way';
  const remedy = 'Set TEMPORAL_TLS=true. FERRY_TEMPORAL_PLAINTEXT=allowed is for trusted networks only.';
  return { check: CHECK, result: 'warn', message, remedy };
}

function open(address: string, tls: TemporalTls): Promise<TLSSocket> {
  const { host, port } = splitAddress(address);
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = tls;
  const options: ConnectionOptions = {
    host,
    port,
    // A name of a server is never an address (RFC 6066); the certificate is then checked against the address itself.
    servername: serverNameOverride ?? (isIP(host) === 0 ? host : ''),
    ALPNProtocols: ['h2'],
    ...(serverRootCACertificate ? { ca: Buffer.from(serverRootCACertificate) } : {}),
    ...(clientCertPair ? { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) } : {}),
  };
  return new Promise((resolve, reject) => {
    const socket = connect(options, () => resolve(socket));
    socket.setTimeout(WITHIN_MS, () => socket.destroy(new Error(`${address} did not agree on TLS in time`)));
    socket.once('error', reject);
  });
}

function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(at + 1)) };
}

function nameOf({ subject, subjectaltname }: PeerCertificate): string {
  const { CN } = subject as { readonly CN?: string };
  return CN ?? subjectaltname ?? 'a peer without a name';
}

function isoDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
