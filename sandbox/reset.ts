import type { Duplex } from 'node:stream';

/** Of a TLS connection the TCP connection below it: only that one can be reset. */
const below = new WeakMap<Duplex, Duplex>();

export function noteTcpConnection(secure: Duplex, tcp: Duplex): void {
  below.set(secure, tcp);
}

/** The connection is lost, as by a crash or a cut line: the other side sees a reset. */
export function resetConnection(connection: Duplex): void {
  const tcp = below.get(connection);
  if (tcp === undefined) return reset(connection);
  // Not in the middle of what came over it: Node's server would keep a parser without its socket, and fail to close.
  setImmediate(() => {
    reset(tcp);
    connection.destroy();
  });
}

function reset(connection: Duplex): void {
  if ('resetAndDestroy' in connection) (connection as Duplex & { resetAndDestroy(): void }).resetAndDestroy();
  else connection.destroy();
}
