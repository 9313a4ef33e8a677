import { existsSync } from 'node:fs';
import type { HostActivities, IoActivities, SharedActivities } from '../../../src/contract';
import { md5Of } from '../../../src/lib/file-digest';

export type StandIns = SharedActivities & HostActivities & IoActivities;

const url = { relativePath: '/v1/AUTH_a/c/x.JPG', sealed: 'f1.k.sealed', expiresAt: 4_102_444_800 };

/** A file of another host is not here. */
function digestOf(path: string): Promise<string> {
  return existsSync(path) ? md5Of(path) : Promise.resolve('m');
}

/** Activities that do their step at once; tests replace single ones. */
export const everythingWorks: StandIns = {
  inspect: ({ source: { path, sizeBytes } }) =>
    Promise.resolve({
      source: path,
      name: path.split('/').at(-1) ?? '',
      sizeBytes: sizeBytes ?? 100,
      mtimeMs: 1,
      inode: 2,
      fileType: 'JPG',
      notes: [],
    }),
  enable: () => Promise.resolve({ skipped: null }),
  open: () => Promise.resolve({ conversationId: 'c1', dialogId: 'c1', consumerId: 'sub', lastSequence: 0 }),
  requestUploadUrl: () => Promise.resolve(url),
  upload: async ({ file: { source, sizeBytes } }) => ({
    relativePath: url.relativePath,
    md5: await digestOf(source),
    sha256: 's',
    urlRenewals: 0,
    bytesSent: sizeBytes,
  }),
  publish: ({ opened: { conversationId, dialogId } }) =>
    Promise.resolve({
      sequence: 7,
      conversationId,
      dialogId,
      publishedAt: new Date().toISOString(),
      receiptKept: true,
    }),
  requestDownloadUrl: () => Promise.resolve(url),
  digestSource: async ({ path }) => ({ md5: await digestOf(path) }),
  discardPart: () => Promise.resolve(),
  keepReceipt: () => Promise.resolve(),
  fetch: ({ target, expected }) =>
    Promise.resolve({
      fetchedTo: target,
      sizeBytes: expected?.sizeBytes ?? 100,
      md5: 'm',
      sha256: 's',
      urlRenewals: 0,
      bytesFetched: expected?.sizeBytes ?? 100,
    }),
};
