/** DELETE and POST of a TempURL. LivePerson signs neither; a holder of the key may use both. */
import { reply, type Exchange } from '../exchange';
import { explained } from './answers';
import { headersOfPost, readDeleteAt, refuseMetadata } from './request-headers';
import type { StorageContext, Target } from './target';

export async function remove(context: StorageContext, exchange: Exchange, target: Target): Promise<void> {
  const existed = await context.catalogue.delete(target.path, context.catalogue.begin());
  reply(exchange, existed ? { ...explained(204), body: '' } : explained(404));
}

/** Replaces the metadata: what the request does not name is gone, the content type excepted. */
export async function post(context: StorageContext, exchange: Exchange, target: Target): Promise<void> {
  const { headers } = exchange.request;
  const deletion = readDeleteAt(headers);
  const refusal = refuseMetadata(headers) ?? ('status' in deletion ? deletion : null);
  if (refusal !== null || 'status' in deletion) return reply(exchange, refusal ?? explained(400));
  const object = context.catalogue.find(target.path);
  if (object === null) return reply(exchange, explained(404));
  const kept = headersOfPost(headers, object.headers['content-type'] ?? '');
  await context.catalogue.amend(object, { at: context.catalogue.begin(), headers: kept, ...deletion });
  reply(exchange, explained(202));
}
