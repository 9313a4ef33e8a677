import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { FerryError } from '../errors';
import { LOOPBACK } from '../lib/loopback';

/** Above the ports of well-known services, below the ports that systems assign themselves. */
const [LOWEST, HIGHEST] = [16_384, 32_767];

/** True when nothing listens on this port of the loopback interface. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== null;
}

/**
 * A port that is free now, and below the ports that systems assign themselves (Linux from 32768, macOS from 49152).
 * The system could assign such a port to another program, or to an internal service of Temporal, before it is used.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 20; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (await isPortFree(port)) return port;
  }
  const port = await listenOnce(0);
  if (port === null) throw new FerryError('PORT_BUSY', 'This machine has no free port on its loopback interface.');
  return port;
}

async function listenOnce(port: number): Promise<number | null> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.unref();
    server.once('error', () => resolve(null));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : null;
      server.close(() => resolve(bound));
    });
  });
}

/** True when something accepts connections on this port of the loopback interface. */
export async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK });
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
