/** PUT of a TempURL: stores the body as it comes, with flat memory. */
import type { IncomingHttpHeaders } from 'node:http';

import { drop, reply, type Answer, type Exchange } from '../exchange';
import type { FaultAction } from '../types';
import { explained, plain } from './answers';
import { unquoted } from './conditions';
import { Intake, refuseForDisk } from './intake';
import { StallWatch } from './stall-watch';
import { headersOfPut, readDeleteAt, refuseLength, refuseMetadata, refuseName } from './request-headers';
import type { Ticks } from './catalogue';
import type { StorageContext, Target } from './target';
import { lastModified } from './times';

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
  // Watched from the first moment on: the end of the connection may come in the same packet as the head.
  const watch = new StallWatch(exchange, context.clientTimeoutMs);
  const writer = await context.files.create().catch((error: unknown) => {
    watch.stop();
    throw error;
  });
  const received = await new Intake(context, exchange, writer, action).receive(watch);
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
    return refuseForDisk(context, exchange, error);
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
