import { availableParallelism } from 'node:os';
import { createConnections, resolveOptions } from './connections';
import { createDigestCache } from './digest-cache';
import { createDigestPool } from './digest-pool';
import { digestSource } from './digest-source';
import { inlineDigester } from './digests';
import { download } from './download';
import { head } from './head';
import type { Receive } from './receive';
import { receiveDirect } from './receive-direct';
import { receivePlain } from './receive-plain';
import { upload } from './upload';
import type { Storage, StorageOptions } from './types';

/** A client of TempURL storage. One for each process is enough; it holds connections and threads until `close`. */
export function createStorage(options: StorageOptions = {}): Storage {
  return createStorageBy('size', options);
}

/**
 * How bytes are moved: `plain` is the reference, `direct` the fast way, `size` takes the fast way where it pays. All
 * keep the same promises; the tests run against each.
 */
export type Way = 'plain' | 'direct' | 'size';

// Below, a connection that is open already and no thread are worth more.
const LARGE_BYTES = 1024 * 1024;
const MOST_DIGEST_THREADS = 4;

export function createStorageBy(way: Way, options: StorageOptions = {}): Storage {
  const connections = createConnections(resolveOptions(options));
  const cache = createDigestCache();
  const pool = createDigestPool(Math.min(MOST_DIGEST_THREADS, availableParallelism()));
  const direct = (bytes: number | null): boolean =>
    way === 'direct' || (way === 'size' && (bytes === null || bytes >= LARGE_BYTES));
  const newDigester = (bytes: number): ReturnType<typeof inlineDigester> =>
    direct(bytes) ? pool.digester() : inlineDigester();
  // Handing pieces to a thread costs a tenth more CPU: one upload is not worth it, of several at once each after the first.
  let digestsHere = 0;
  const newUploadDigester = (bytes: number): ReturnType<typeof inlineDigester> => {
    if (digestsHere > 0 || way === 'direct') return newDigester(bytes);
    digestsHere += 1;
    const digester = inlineDigester();
    return { ...digester, dispose: () => (digestsHere -= 1) };
  };
  const receive: Receive = (parts) => (direct(parts.lengthHint) ? receiveDirect(parts) : receivePlain(parts));
  const deps = { connections, cache, newDigester, receive };
  const uploadDeps = { connections, cache, newDigester: newUploadDigester };
  return {
    upload: (uploadOptions) => upload(uploadDeps, uploadOptions),
    digest: (source, signal) => digestSource(source, cache, newDigester, signal),
    head: (url, signal) => head(connections, url, signal),
    download: (downloadOptions) => download(deps, downloadOptions),
    now: (origin) => connections.clock.now(origin),
    skewMs: (origin) => connections.clock.skewMs(origin),
    async close() {
      await Promise.all([connections.close(), pool.close()]);
    },
  };
}
