import { createConnections, resolveOptions } from './connections';
import { createDigestCache } from './digest-cache';
import { inlineDigester } from './digests';
import { download } from './download';
import { digestSource } from './digest-source';
import { head } from './head';
import { receivePlain } from './receive-plain';
import { upload } from './upload';
import type { Storage, StorageOptions } from './types';

/** A client of TempURL storage. One for each process is enough; it holds connections until `close`. */
export function createStorage(options: StorageOptions = {}): Storage {
  const connections = createConnections(resolveOptions(options));
  const cache = createDigestCache();
  const downloads = { connections, cache, receive: receivePlain, newDigester: inlineDigester };
  return {
    upload: (uploadOptions) => upload(connections, cache, uploadOptions),
    digest: (source, signal) => digestSource(source, cache, inlineDigester, signal),
    head: (url, signal) => head(connections, url, signal),
    download: (downloadOptions) => download(downloads, downloadOptions),
    now: (origin) => connections.clock.now(origin),
    skewMs: (origin) => connections.clock.skewMs(origin),
    close: () => connections.close(),
  };
}
