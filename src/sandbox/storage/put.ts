/** PUT of a TempURL: stores the body as it comes, with flat memory. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { drop, goOn, reply, type Answer, type Exchange } from '../exchange';
import { messageOf } from '../sandbox-error';
import type { FaultAction } from '../types';
import { explained, plain } from './answers';
import { unquoted } from './conditions';
import { damageOf } from './damage';
import type { DataWriter } from './data-files';
import { StallWatch } from './stall-watch';
import {
  LARGEST_OBJECT_BYTES,
  headersOfPut,
  readDeleteAt,
  refuseLength,
  refuseMetadata,
  refuseName,
} from './request-headers';
import type { Ticks } from './catalogue';
import type { StorageContext, Target } from './target';
import { lastModified } from './times';

interface Received {
  readonly sizeBytes: number;
  readonly md5: string;
}

export async function put(
  context: StorageContext,
  exchange: Exchange,
  target: Target,
  action: FaultAction | null,
): Promise<void> {
  const { headers } = exchange.request;
  const deletion = readDeleteAt(headers);
  const refusal = refuseEarly(context, headers, target) ?? ('status' in deletion ? deletion : null);
  if (refusal !== null || 'status' in deletion) return reply(exchange, refusal ?? explained(400));
  const at = context.catalogue.begin();
  const watch = new StallWatch(exchange, context.clientTimeoutMs);
  const writer = await context.files.create();
  const received = await receive(context, exchange, writer, watch, action);
  if (received === null) return writer.discard();
  const expected = headers.etag;
  if (expected !== undefined && unquoted(expected) !== received.md5) {
    await writer.discard();
    return reply(exchange, mismatch(at));
  }
  try {
    await writer.finish();
    const object = { path: target.path, file: writer.name, at, headers: headersOfPut(headers, target.object) };
    await context.catalogue.put({ ...object, ...received, ...deletion });
  } catch (error) {
    await writer.discard();
    return outOfOrder(context, exchange, error);
  }
  if (action === 'drop-after') return drop(exchange);
  const stored = { Etag: received.md5, 'Last-Modified': lastModified(at) };
  reply(exchange, { status: 201, headers: { 'Content-Type': 'text/html; charset=UTF-8', ...stored } });
}

/** In Swift's order; all of it before a waiting client is told to go on. */
function refuseEarly(context: StorageContext, headers: IncomingHttpHeaders, target: Target): Answer | null {
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined && !ifNoneMatch.includes('*')) return plain(400, 'If-None-Match only supports *');
  if (target.container !== context.container) return explained(404);
  const refusal = refuseLength(headers) ?? refuseName(target.object) ?? refuseMetadata(headers);
  if (refusal !== null) return refusal;
  return ifNoneMatch !== undefined && context.catalogue.find(target.path) !== null ? explained(412) : null;
}

function mismatch(at: Ticks): Answer {
  const answer = explained(422);
  return { ...answer, headers: { ...answer.headers, 'Last-Modified': lastModified(at) } };
}

/** @returns null when nothing is to be stored; the answer, if there is one to give, has been given */
async function receive(
  context: StorageContext,
  exchange: Exchange,
  writer: DataWriter,
  watch: StallWatch,
  action: FaultAction | null,
): Promise<Received | null> {
  const damage = damageOf(action);
  const resetAt =
    typeof action === 'object' && action !== null && 'resetAfterBytes' in action ? action.resetAfterBytes : null;
  const md5 = createHash('md5');
  let sizeBytes = 0;
  let answered = false;
  try {
    goOn(exchange);
    for await (const whole of exchange.request as AsyncIterable<Buffer>) {
      watch.moved();
      const chunk = damage === null ? whole : damage(whole, exchange.record.bytesIn);
      exchange.record.bytesIn += whole.length;
      if (resetAt !== null && exchange.record.bytesIn >= resetAt) drop(exchange);
      if (answered) continue;
      sizeBytes += chunk.length;
      if (sizeBytes > LARGEST_OBJECT_BYTES) {
        // The rest is read and thrown away: leaving the loop would cut the connection before the answer is out.
        answered = true;
        reply(exchange, explained(413));
        continue;
      }
      md5.update(chunk);
      await writer.write(chunk).catch((error: unknown) => {
        answered = true;
        outOfOrder(context, exchange, error);
      });
    }
  } catch {
    // The client went away, or was sent away by the watch. Either way nothing is stored.
    return null;
  } finally {
    watch.stop();
  }
  if (resetAt !== null) {
    drop(exchange);
    return null;
  }
  return answered ? null : { sizeBytes, md5: md5.digest('hex') };
}

/** A full or broken disk behind Swift shows as 503, never as 507. */
function outOfOrder(context: StorageContext, exchange: Exchange, error: unknown): void {
  context.log(`storage: an object could not be stored: ${messageOf(error)}`);
  reply(exchange, explained(503));
}
