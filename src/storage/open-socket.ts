import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { defined } from '../lib/defined';

/**
 * Connects to an origin, by TLS for https; `onReady` is called when a request may be written. What is received goes to
 * `onread` and never becomes events.
 */
export function openSocket(origin: string, ca: string | undefined, onread: OnReadOpts, onReady: () => void): Socket {
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
    // A name to ask for is no address.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...defined({ ca }),
  };
  return connectTls(options).setNoDelay(true).once('secureConnect', onReady);
}
