import { existsSync } from 'node:fs';
import { md5Of } from '../../../src/lib/file-digest';
import { everythingWorks as forOneFile, type StandIns } from '../../workflows/stand-ins';

export type { StandIns };

/** A file of another host is not here. */
function digestOf(path: string): Promise<string> {
  return existsSync(path) ? md5Of(path) : Promise.resolve('m');
}

/** Activities that do their step at once, with the file that they are given; tests replace single activities. */
export const everythingWorks: StandIns = {
  ...forOneFile,
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
  upload: async ({ file: { source, sizeBytes }, url: { relativePath } }) => ({
    relativePath,
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
  digestSource: async ({ path }) => ({ md5: await digestOf(path) }),
  fetch: ({ target, expected }) => {
    const sizeBytes = expected?.sizeBytes ?? 100;
    const facts = { sizeBytes, md5: 'm', sha256: 's', urlRenewals: 0, bytesFetched: sizeBytes };
    return Promise.resolve({ ...facts, fetchedTo: target });
  },
};
