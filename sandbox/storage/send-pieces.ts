/** Sends the body of a GET: stretches of a file and the text between them, through a ring of buffers. */
import type { FileHandle } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { drop, hangUp, writeHead, type Exchange } from '../exchange';
import { RESET_SETTLE_MS } from '../fault-timing';
import type { FaultAction } from '../types';
import type { StoredObject } from './catalogue';
import { damageOf } from './damage';
import { pieceBytes, type Piece } from './ranges';
import type { StorageContext } from './target';

const BUFFER_BYTES = 256 * 1024;
const BUFFERS = 3;

export interface Body {
  readonly object: StoredObject;
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly pieces: readonly Piece[];
}

export async function sendPieces(
  context: StorageContext,
  exchange: Exchange,
  body: Body,
  action: FaultAction | null,
): Promise<void> {
  // Opened before the head goes out: from here on the version is fixed, whatever happens to the name.
  const file = await context.files.read(body.object.file);
  try {
    const length = body.pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0);
    writeHead(exchange, body.status, undefined, { ...body.headers, 'Content-Length': length });
    exchange.response.flushHeaders();
    const most = cutAt(action);
    await new Sender(context, exchange, action).send(file, body.pieces, most ?? Infinity);
    if (most === null) exchange.response.end();
    else await endShort(exchange, action);
  } catch {
    // The reader is gone or does not read: there is no answer left to give but a closed connection.
    exchange.request.socket.destroy();
  } finally {
    await file.close();
  }
}

function cutAt(action: FaultAction | null): number | null {
  if (typeof action !== 'object' || action === null) return null;
  if ('truncateAtBytes' in action) return action.truncateAtBytes;
  return 'resetAfterBytes' in action ? action.resetAfterBytes : null;
}

async function endShort(exchange: Exchange, action: FaultAction | null): Promise<void> {
  if (typeof action === 'object' && action !== null && 'truncateAtBytes' in action) return hangUp(exchange);
  await sleep(RESET_SETTLE_MS);
  drop(exchange);
}

class Sender {
  private readonly context: StorageContext;
  private readonly exchange: Exchange;
  private readonly damage: ReturnType<typeof damageOf>;
  private readonly ring = Array.from({ length: BUFFERS }, () => ({
    buffer: null as Buffer | null,
    free: Promise.resolve(),
  }));
  private turn = 0;
  private sent = 0;

  constructor(context: StorageContext, exchange: Exchange, action: FaultAction | null) {
    this.context = context;
    this.exchange = exchange;
    this.damage = action === 'corrupt' ? damageOf(action) : null;
  }

  async send(file: FileHandle, pieces: readonly Piece[], most: number): Promise<void> {
    for (const piece of pieces) {
      if (this.sent >= most) break;
      if ('text' in piece) await this.write(Buffer.from(piece.text).subarray(0, most - this.sent));
      else await this.sendRange(file, piece.start, Math.min(piece.end, piece.start + most - this.sent));
    }
    await Promise.all(this.ring.map((slot) => slot.free));
  }

  private async sendRange(file: FileHandle, start: number, end: number): Promise<void> {
    for (let position = start; position < end;) {
      const slot = this.ring[this.turn % BUFFERS];
      if (slot === undefined) throw new Error('unreachable');
      this.turn += 1;
      // A buffer may be filled again only when the kernel has taken what was in it.
      await slot.free;
      slot.buffer ??= Buffer.allocUnsafeSlow(Math.min(BUFFER_BYTES, end - start));
      const length = Math.min(slot.buffer.length, end - position);
      const { bytesRead } = await file.read(slot.buffer, 0, length, position);
      if (bytesRead === 0) throw new Error('The data file is shorter than its entry says.');
      slot.free = this.write(slot.buffer.subarray(0, bytesRead));
      slot.free.catch(() => undefined);
      position += bytesRead;
    }
  }

  /** Resolves when the kernel has taken the bytes; rejects when the reader is gone or takes none for too long. */
  private write(chunk: Buffer): Promise<void> {
    const bytes = this.damage === null ? chunk : this.damage(chunk, this.sent);
    this.sent += bytes.length;
    return new Promise((resolve, reject) => {
      const { response, record } = this.exchange;
      const timer = setTimeout(() => reject(new Error('The reader stalled.')), this.context.clientTimeoutMs);
      const gone = (): void => settle(new Error('The reader is gone.'));
      const settle = (error: Error | null | undefined): void => {
        clearTimeout(timer);
        response.off('close', gone);
        if (error) return reject(error);
        record.bytesOut += bytes.length;
        resolve();
      };
      response.once('close', gone);
      response.write(bytes, settle);
    });
  }
}
