import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** One address for several frontends, as a load balancer gives: each connection goes to the next that takes it. */
export interface Entry {
  readonly address: string;
  close(): void;
}

export async function openEntry(host: string, frontends: readonly string[], port: number): Promise<Entry> {
  const open = new Set<Socket>();
  let next = 0;
  const server = createServer((incoming) => {
    open.add(incoming);
    incoming.once('close', () => open.delete(incoming));
    incoming.on('error', () => incoming.destroy());
    forward(incoming, [...frontends.slice(next), ...frontends.slice(0, next)], port);
    next = (next + 1) % frontends.length;
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, host, resolve);
  });
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function forward(incoming: Socket, [host, ...others]: readonly string[], port: number): void {
  if (host === undefined) {
    incoming.destroy();
    return;
  }
  const outgoing = connect({ host, port });
  let connected = false;
  outgoing.once('connect', () => {
    connected = true;
    incoming.pipe(outgoing).pipe(incoming);
  });
  outgoing.on('error', () => {
    if (connected) incoming.destroy();
    else forward(incoming, others, port);
  });
  outgoing.once('close', () => {
    if (connected) incoming.destroy();
  });
  incoming.once('close', () => outgoing.destroy());
}
