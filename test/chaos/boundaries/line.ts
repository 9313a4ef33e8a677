import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** The worker's line to Temporal, which can be held. */
export interface Line {
  readonly address: string;
  /** What the worker says is kept back from now on. */
  holdUp(): void;
  /** Bytes that the worker has said since `holdUp`. */
  readonly heldBytes: () => number;
  /** Lets new connections through again; the old ones, and what they held, are gone. */
  release(): void;
  close(): Promise<void>;
}

export async function openLine(target: string): Promise<Line> {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let held = 0;
  let up = true;
  const track = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other().destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    track(near, () => far);
    track(far, () => near);
    near.on('data', (bytes: Buffer) => {
      if (up) far.write(bytes);
      else held += bytes.length;
    });
    far.on('data', (bytes: Buffer) => near.write(bytes));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    holdUp() {
      up = false;
      held = 0;
    },
    heldBytes: () => held,
    release() {
      cut();
      up = true;
    },
    close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      cut();
      return closed;
    },
  };
}
