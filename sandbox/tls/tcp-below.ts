import type { Server } from 'node:http';
import type { Socket } from 'node:net';

import { noteTcpConnection } from '../reset';

/** Notes of each TLS connection of the server which TCP connection it runs over. */
export function followTcpConnections(server: Server): void {
  // By the peer's port: Node does not say which connection a handshake was on.
  const byPort = new Map<number | undefined, Socket>();
  server.on('connection', (tcp: Socket) => {
    const port = tcp.remotePort;
    byPort.set(port, tcp);
    tcp.once('close', () => {
      if (byPort.get(port) === tcp) byPort.delete(port);
    });
  });
  server.on('secureConnection', (secure: Socket) => {
    const tcp = byPort.get(secure.remotePort);
    if (tcp !== undefined) noteTcpConnection(secure, tcp);
  });
}
