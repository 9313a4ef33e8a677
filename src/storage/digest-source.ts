import type { DigestCache } from './digest-cache';
import { digestAll, type Digester, type Digests } from './digests';
import { changed, openSource, type SourceFile } from './source-file';
import type { UploadSource } from './types';

/** Digests of the source as it lies there; those of an unchanged file are remembered. */
export async function digestSource(
  source: UploadSource,
  cache: DigestCache,
  newDigester: (sizeBytes: number) => Digester,
  signal: AbortSignal | undefined,
): Promise<Digests> {
  signal?.throwIfAborted();
  const file = openSource(source);
  try {
    return cache.get(file.stats) ?? (await readThrough(file, cache, newDigester(file.sizeBytes), signal));
  } finally {
    file.close();
  }
}

async function readThrough(
  file: SourceFile,
  cache: DigestCache,
  digester: Digester,
  signal: AbortSignal | undefined,
): Promise<Digests> {
  try {
    const whole = await digestAll((buffer, at) => file.fill(buffer, at), file.sizeBytes, digester, signal);
    if (!whole) throw changed(file.path);
    file.assertUnchanged();
    const digests = await digester.finish();
    cache.set(file.stats, digests);
    return digests;
  } finally {
    digester.dispose();
  }
}
