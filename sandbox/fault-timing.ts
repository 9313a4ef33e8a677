import type { Exchange } from './exchange';

/**
 * A reset throws away what still waits to be sent. On loopback this long is enough for the bytes before it to arrive,
 * so that "after n bytes" means about n and never more.
 */
export const RESET_SETTLE_MS = 20;

/** Waits as a delay rule asks, but no longer than the client does: one that ends its side has given up waiting. */
export async function delay(exchange: Exchange, delayMs: number): Promise<void> {
  const { socket } = exchange.request;
  if (socket.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      socket.off('close', done);
      socket.off('end', givenUp);
      resolve();
    };
    const givenUp = (): void => void socket.destroy();
    const timer = setTimeout(done, delayMs);
    socket.once('close', done);
    socket.once('end', givenUp);
  });
}
