import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { createStorage, type Storage } from '../../src/storage';
import { makeScratch, type Scratch } from './support/scratch';
import { CONTAINER, md5, startTempUrlServer, type TempUrlServer } from './support/tempurl-server';

let server: TempUrlServer;
let scratch: Scratch;
let storage: Storage;

beforeEach(async () => {
  server = await startTempUrlServer();
  scratch = await makeScratch();
  storage = createStorage();
});

afterEach(async () => {
  await storage.close();
  await server.close();
  await scratch.remove();
});

const SIZES = [0, 1, 4095, 4096, 256 * 1024, 256 * 1024 + 1, 1024 * 1024 - 1, 3 * 1024 * 1024 + 17, 20 * 1024 * 1024];

test.each(SIZES)('A file of %i bytes goes up, is found, comes down again and is equal', async (size) => {
  const { source, bytes } = await scratch.file('source.bin', size);
  const path = `${CONTAINER}/object-${size}.PNG`;
  const expected = { md5: md5(bytes), sha256: createHash('sha256').update(bytes).digest('hex') };
  const put = server.sign('PUT', path);

  const sent = await storage.upload({ url: put, source });
  expect(sent).toEqual({ ...expected, bytesSent: size });
  expect(server.objects.get(path)?.bytes.equals(bytes)).toBe(true);
  expect(await storage.head(put)).toEqual({ sizeBytes: size, etag: expected.md5 });

  const target = scratch.path('in/target.bin');
  const fetched = await storage.download({ url: server.sign('GET', path), target });
  expect(fetched).toEqual({ ...expected, sizeBytes: size, verified: true, bytesFetched: size });
  expect((await readFile(target)).equals(bytes)).toBe(true);
  expect(await readdir(scratch.path('in'))).toEqual(['target.bin']);
});
