/** Takes in the body of one PUT: hashes and stores it as it comes, damaged where a fault rule says so. */
import { createHash } from 'node:crypto';

import { drop, goOn, reply, type Exchange } from '../exchange';
import { messageOf } from '../sandbox-error';
import type { FaultAction } from '../types';
import { explained } from './answers';
import { damageOf } from './damage';
import type { DataWriter } from './data-files';
import { LARGEST_OBJECT_BYTES } from './request-headers';
import type { StallWatch } from './stall-watch';
import type { StorageContext } from './target';

export interface Received {
  readonly sizeBytes: number;
  readonly md5: string;
}

export class Intake {
  private readonly context: StorageContext;
  private readonly exchange: Exchange;
  private readonly writer: DataWriter;
  private readonly damage: ReturnType<typeof damageOf>;
  /** The connection is reset once so many bytes have come, or at the end of fewer. */
  private readonly resetAt: number | null;
  private readonly md5 = createHash('md5');
  private sizeBytes = 0;
  private isRefused = false;

  constructor(context: StorageContext, exchange: Exchange, writer: DataWriter, action: FaultAction | null) {
    this.context = context;
    this.exchange = exchange;
    this.writer = writer;
    this.damage = damageOf(action);
    const resets = typeof action === 'object' && action !== null && 'resetAfterBytes' in action;
    this.resetAt = resets ? action.resetAfterBytes : null;
  }

  /** @returns null when nothing is to be stored; the answer, if there is one to give, has been given */
  async receive(watch: StallWatch): Promise<Received | null> {
    const { request, record } = this.exchange;
    try {
      goOn(this.exchange);
      for await (const chunk of request as AsyncIterable<Buffer>) {
        watch.moved();
        const position = record.bytesIn;
        record.bytesIn += chunk.length;
        if (this.resetAt !== null && record.bytesIn >= this.resetAt) drop(this.exchange);
        // Read to the end all the same: leaving the loop would cut the connection before the answer is out.
        if (!this.isRefused) await this.take(this.damage === null ? chunk : this.damage(chunk, position));
      }
    } catch {
      // The client went away, or was sent away by the watch. Either way nothing is stored.
      return null;
    } finally {
      watch.stop();
    }
    if (this.resetAt !== null) drop(this.exchange);
    return this.isRefused || this.resetAt !== null ? null : { sizeBytes: this.sizeBytes, md5: this.md5.digest('hex') };
  }

  private async take(chunk: Buffer): Promise<void> {
    this.sizeBytes += chunk.length;
    if (this.sizeBytes > LARGEST_OBJECT_BYTES) {
      this.isRefused = true;
      reply(this.exchange, explained(413));
      return;
    }
    this.md5.update(chunk);
    try {
      await this.writer.write(chunk);
    } catch (error) {
      this.isRefused = true;
      refuseForDisk(this.context, this.exchange, error);
    }
  }
}

/** A full or broken disk behind Swift shows as 503, never as 507. */
export function refuseForDisk(context: StorageContext, exchange: Exchange, error: unknown): void {
  context.log(`storage: an object could not be stored: ${messageOf(error)}`);
  reply(exchange, explained(503));
}
