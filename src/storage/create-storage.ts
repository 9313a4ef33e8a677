import { createConnections, resolveOptions } from './connections';
import { createDigestCache } from './digest-cache';
import { digestSource } from './digest-source';
import { download } from './download';
import { head } from './head';
import { upload } from './upload';
import type { Storage, StorageOptions } from './types';

/** A client of TempURL storage. One for each process is enough; it holds connections until `close`. */
export function createStorage(options: StorageOptions = {}): Storage {
  const connections = createConnections(resolveOptions(options));
  const cache = createDigestCache();
  const deps = { connections, cache };
  return {
    upload: (uploadOptions) => upload(deps, uploadOptions),
    digest: (source, signal) => digestSource(source, cache, signal),
    head: (url, signal) => head(connections, url, signal),
    download: (downloadOptions) => download(deps, downloadOptions),
    now: (origin) => connections.clock.now(origin),
    skewMs: (origin) => connections.clock.skewMs(origin),
    close: () => connections.close(),
  };
}
