/** The sandbox's own storage, put together. */
import type { Exchange } from '../exchange';
import type { Faults, Journal, ObjectStore, UrlSigner } from '../types';
import { Catalogue } from './catalogue';
import { DataFiles } from './data-files';
import { handleStorage } from './handler';
import { storageKey } from './key';
import { createUrlSigner } from './signer';

export const STORAGE_ACCOUNT = 'AUTH_async-images';

/** Swift's default `client_timeout`. */
const CLIENT_TIMEOUT_MS = 60_000;

export interface StorageOptions {
  readonly accountId: string;
  readonly stateDir: string;
  readonly journal: Journal;
  /** What the journal held at start. */
  readonly entries: readonly unknown[];
  readonly faults: Faults;
  readonly urlLifeSeconds: number;
  /** @default 60000 */
  readonly clientTimeoutMs?: number | undefined;
  readonly log: (line: string) => void;
}

/** What the core needs of storage, wherever it is. */
export interface Storage {
  readonly urls: UrlSigner;
  readonly objects: ObjectStore;
  /** `host:port`; null: the sandbox's own. */
  readonly host: string | null;
  /** null: storage is elsewhere. */
  readonly handle: ((exchange: Exchange, rawPath: string, query: URLSearchParams) => Promise<void>) | null;
  /** GET /_sandbox/objects. */
  list(): Promise<readonly { relativePath: string; sizeBytes: number; md5: string }[]>;
}

export async function openStorage(options: StorageOptions): Promise<Storage> {
  const key = await storageKey(options.stateDir);
  const files = await DataFiles.open(options.stateDir);
  const catalogue = new Catalogue(files);
  for (const entry of options.entries) catalogue.replay(entry);
  await catalogue.start(options.journal);
  const context = {
    account: STORAGE_ACCOUNT,
    container: options.accountId,
    keys: [key],
    catalogue,
    files,
    faults: options.faults,
    clientTimeoutMs: options.clientTimeoutMs ?? CLIENT_TIMEOUT_MS,
    log: options.log,
  };
  return {
    urls: createUrlSigner(key, options.urlLifeSeconds),
    objects: { stat: (relativePath) => Promise.resolve(catalogue.find(relativePath)) },
    host: null,
    handle: (exchange, rawPath, query) => handleStorage(context, exchange, rawPath, query),
    list: () =>
      Promise.resolve(catalogue.list().map(({ path, sizeBytes, md5 }) => ({ relativePath: path, sizeBytes, md5 }))),
  };
}
