import { explained } from './answers';
import { reply, type Exchange } from '../exchange';

/** PUTs whose body is still coming, by connection: for the server's error handler. */
const receiving = new WeakMap<object, StallWatch>();

/**
 * Gives up an upload whose client stalls or stops half-way: 499 for one that still reads, then the connection closes.
 */
export class StallWatch {
  private readonly exchange: Exchange;
  private readonly timer: NodeJS.Timeout;
  /** Once an answer is out, Node no longer tells the body's reader that the connection has gone. */
  private readonly end = (): void => void this.exchange.request.destroy();

  constructor(exchange: Exchange, timeoutMs: number) {
    this.exchange = exchange;
    this.timer = setTimeout(() => this.giveUp(), timeoutMs);
    const { socket } = exchange.request;
    receiving.set(socket, this);
    socket.once('close', this.end);
  }

  /** The whole body has arrived, though not all of it may have been read. */
  get isComplete(): boolean {
    return this.exchange.request.complete;
  }

  moved(): void {
    this.timer.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
    const { socket } = this.exchange.request;
    receiving.delete(socket);
    socket.off('close', this.end);
  }

  giveUp(): void {
    const { socket } = this.exchange.request;
    const answer = explained(499);
    this.exchange.response.once('finish', () => socket.destroySoon());
    reply(this.exchange, { ...answer, headers: { ...answer.headers, Connection: 'close' } });
  }
}

/** @returns whether an upload was under way on this connection and has been given up */
export function giveUpUpload(socket: object): boolean {
  const watch = receiving.get(socket);
  if (watch === undefined || watch.isComplete) return false;
  watch.giveUp();
  return true;
}
