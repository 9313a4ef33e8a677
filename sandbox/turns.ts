import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The requests of one connection are served one after another, each when the one before it has its answer, as Swift
 * does it. Node hands out pipelined ones at once: a HEAD sent behind a PUT would be answered before the object is
 * there.
 */
export class Turns {
  private readonly latest = new WeakMap<Socket, Promise<void>>();

  /** `serve` is not called when the connection has gone before its turn came: a server would not have read so far. */
  async take(socket: Socket, response: ServerResponse, serve: () => Promise<void>): Promise<void> {
    const before = this.latest.get(socket);
    const turn = this.serveAfter(before, socket, response, serve);
    this.latest.set(socket, turn);
    await turn;
  }

  private async serveAfter(
    before: Promise<void> | undefined,
    socket: Socket,
    response: ServerResponse,
    serve: () => Promise<void>,
  ): Promise<void> {
    if (before !== undefined) await before;
    if (socket.destroyed) return;
    await serve();
    await answered(socket, response);
  }
}

async function answered(socket: Socket, response: ServerResponse): Promise<void> {
  if (response.writableFinished || socket.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('finish', done);
      socket.off('close', done);
      resolve();
    };
    response.once('finish', done);
    socket.once('close', done);
  });
}

/**
 * A client that ends its side once its request is out (`nc -N`) still reads. Without this switch, which Node has but
 * does not document, the connection is closed on it and the effect is done without an answer.
 */
export function answerHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true });
}
