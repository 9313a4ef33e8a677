import type { DigestCache } from './digest-cache';
import type { Digester, Digests } from './digests';
import { changed, openSource, type SourceFile } from './source-file';
import type { UploadSource } from './types';

const READ_BYTES = 256 * 1024;

/** Digests of the source as it lies there; those of an unchanged file are remembered. */
export async function digestSource(
  source: UploadSource,
  cache: DigestCache,
  newDigester: (sizeBytes: number) => Digester,
  signal: AbortSignal | undefined,
): Promise<Digests> {
  signal?.throwIfAborted();
  const file = await openSource(source);
  try {
    return cache.get(file.stats) ?? (await readThrough(file, cache, newDigester(file.sizeBytes), signal));
  } finally {
    await file.close();
  }
}

async function readThrough(
  file: SourceFile,
  cache: DigestCache,
  digester: Digester,
  signal: AbortSignal | undefined,
): Promise<Digests> {
  try {
    const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(READ_BYTES, file.sizeBytes)));
    for (let position = 0; position < file.sizeBytes;) {
      signal?.throwIfAborted();
      const filled = await file.fill(buffer, position);
      if (filled === 0) throw changed(file.path);
      await digester.update(buffer.subarray(0, filled));
      position += filled;
    }
    await file.assertUnchanged();
    const digests = await digester.finish();
    cache.set(file.stats, digests);
    return digests;
  } finally {
    digester.dispose();
  }
}
