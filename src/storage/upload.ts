import type { Dispatcher } from 'undici';
import { FerryError, isFerryError, toFerryError } from '../errors';
import { defined } from '../lib/defined';
import type { Connections, RequestParts } from './connections';
import type { DigestCache } from './digest-cache';
import { createDigester, type Digests } from './digests';
import { header, networkFailure, refusal } from './failures';
import { bareEtag } from './head';
import { displayUrl } from './signed-url';
import { openSource } from './source-file';
import type { UploadOptions, Uploaded } from './types';
import { UploadBody } from './upload-body';
import { UploadWatch } from './upload-watch';

/** The dependencies of an upload. */
export interface UploadDeps {
  readonly connections: Connections;
  readonly cache: DigestCache;
}

/** Sends the file and compares the digest of storage with the digest of the bytes that were read. */
export async function upload(
  { connections, cache }: UploadDeps,
  { url, source, signal, onProgress }: UploadOptions,
): Promise<Uploaded> {
  signal?.throwIfAborted();
  const file = openSource(source);
  const known = cache.get(file.stats);
  const attempt = new UploadWatch(connections.options, file, onProgress);
  const body = new UploadBody(file, known === undefined ? createDigester() : null, attempt);
  const what = `PUT ${displayUrl(url)}`;
  try {
    const put: RequestParts = {
      method: 'PUT',
      url,
      headers: { 'content-length': String(file.sizeBytes) },
      body,
      headersTimeoutMs: 0,
      signal: signal === undefined ? attempt.signal : AbortSignal.any([signal, attempt.signal]),
    };
    const response = await connections.request(put, (permit) => body.paceBy((wanted) => permit.bytes(wanted)));
    const digests = await settle(response, body, what, known);
    cache.set(file.stats, digests);
    onProgress?.(file.sizeBytes);
    return { ...digests, bytesSent: body.bytesSent };
  } catch (error) {
    attempt.stop();
    await body.stop();
    // The next attempt can use the digests of a file that was read to its end, whatever the end of this attempt was.
    const digests = body.complete ? (known ?? body.digests()) : null;
    if (digests !== null) cache.set(file.stats, digests);
    // After a wrong digest the next attempt must not use the digests of this attempt.
    if (isFerryError(error) && error.code === 'DIGEST_MISMATCH') cache.delete(file.stats);
    signal?.throwIfAborted();
    throw uploadFailure(error, body, what, digests);
  } finally {
    attempt.stop();
    file.close();
  }
}

/** Checks the answer. An answer that comes before the last byte has left ends the upload at once. */
async function settle(
  response: Dispatcher.ResponseData,
  body: UploadBody,
  what: string,
  known: Digests | undefined,
): Promise<Digests> {
  response.body.on('error', () => undefined);
  if (response.statusCode !== 201 || !body.complete) {
    // Destroying the answer closes the connection and drops the rest of the body.
    response.body.destroy();
    if (response.statusCode < 200 || response.statusCode > 299) {
      throw refusal(response.statusCode, what, response.headers);
    }
    const message = `Storage answered ${response.statusCode} to ${what} before it had all bytes, or without storing it.`;
    throw new FerryError('PROTOCOL_ERROR', message);
  }
  await response.body.dump();
  const digests = known ?? (body.digests() as Digests);
  const etag = bareEtag(header(response.headers, 'etag'));
  if (etag !== digests.md5) {
    const message = `Storage does not have the bytes that ${what} sent: its digest is ${etag || 'missing'}, ours ${digests.md5}.`;
    throw new FerryError('DIGEST_MISMATCH', message, { details: { etag, md5: digests.md5 } });
  }
  return digests;
}

function uploadFailure(error: unknown, body: UploadBody, what: string, digests: Digests | null): FerryError {
  const reason = body.failure ?? error;
  const code = body.complete ? 'ANSWER_LOST' : 'STORAGE_UNAVAILABLE';
  const failure = toFerryError(networkFailure(reason, what, {}, code));
  const details = { ...failure.details, bytesSent: body.bytesSent, ...digests };
  return new FerryError(failure.code, failure.message, {
    cause: failure.cause,
    details,
    ...defined({ retryAfterMs: failure.retryAfterMs }),
  });
}
