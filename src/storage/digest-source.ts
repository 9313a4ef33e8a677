import type { DigestCache } from './digest-cache';
import { createDigester, digestAll, type Digests } from './digests';
import { changed, openSource } from './source-file';
import type { UploadSource } from './types';

/** Digests of the source. The digests of an unchanged file come from the cache. */
export async function digestSource(
  source: UploadSource,
  cache: DigestCache,
  signal: AbortSignal | undefined,
): Promise<Digests> {
  signal?.throwIfAborted();
  const file = openSource(source);
  try {
    const known = cache.get(file.stats);
    if (known !== undefined) return known;
    const digester = createDigester();
    const whole = await digestAll((buffer, at) => file.fill(buffer, at), file.sizeBytes, digester, signal);
    if (!whole) throw changed(file.path);
    const digests = digester.finish();
    await file.assertUnchanged(() => digests);
    cache.set(file.stats, digests);
    return digests;
  } finally {
    file.close();
  }
}
