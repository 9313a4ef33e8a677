import { bytesIn, header, networkFailure, refusal, type Headers } from './failures';
import type { Connections } from './connections';
import { displayUrl } from './signed-url';
import type { SignedUrl, StoredObject } from './types';

/** Size and ETag of the object at the URL, which may be signed for PUT or GET. Null: there is no object. */
export async function head(
  connections: Connections,
  url: SignedUrl,
  signal: AbortSignal | undefined,
): Promise<StoredObject | null> {
  signal?.throwIfAborted();
  const what = `HEAD ${displayUrl(url)}`;
  try {
    const response = await connections.request({
      method: 'HEAD',
      url,
      headersTimeoutMs: connections.options.headersTimeoutMs,
      signal: signal ?? new AbortController().signal,
    });
    await response.body.dump();
    if (response.statusCode === 404) return null;
    if (response.statusCode !== 200) throw refusal(response.statusCode, what, response.headers);
    return storedObject(response.headers, what);
  } catch (error) {
    signal?.throwIfAborted();
    throw networkFailure(error, what);
  }
}

function storedObject(headers: Headers, what: string): StoredObject {
  const sizeBytes = bytesIn(header(headers, 'content-length'), what);
  return { sizeBytes, etag: bareEtag(header(headers, 'etag')) };
}

/** The ETag in lower case, without quotes and without the mark of a weak tag; empty when there is none. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').trim().replace(/^W\//, '').replaceAll('"', '').toLowerCase();
}
