import { readFile } from 'node:fs/promises';
import { createHmac } from 'node:crypto';
import { createStorage, signedUrl, type SignedUrl, type Storage } from '../../src/storage';
import { failureOf, makeScratch, until, type Scratch } from '../storage/support/scratch';
import { startRealSwift } from './support/real-swift';

const swift = startRealSwift();

if (swift === null) {
  test.skip('storage against a real Swift in trouble (SKIPPED: its packages are not installed)', () => undefined);
} else {
  describe('Our storage library against a real Swift in trouble', () => {
    let scratch: Scratch;
    let storage: Storage;

    const sign = (method: string, path: string, lifeSeconds = 60): SignedUrl => {
      const expires = String(Math.floor(Date.now() / 1000) + lifeSeconds);
      const sig = createHmac('sha1', swift.key).update(`${method}\n${expires}\n${path}`).digest('hex');
      const queryParams = { temp_url_sig: sig, temp_url_expires: expires };
      return signedUrl({ origin: swift.url, relativePath: path, queryParams });
    };
    const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
      ((await failureOf(promise)) as { code?: string }).code;
    const uploads = async (name: string): Promise<boolean> => {
      const { source } = await scratch.file('again', 100_000);
      const url = sign('PUT', `${swift.container}/${name}`);
      return storage.upload({ url, source }).then(
        () => true,
        () => false,
      );
    };

    beforeEach(async () => {
      scratch = await makeScratch();
      storage = createStorage();
    });

    afterEach(async () => {
      swift.start();
      await storage.close();
      await scratch.remove();
    });

    afterAll(() => swift.end());

    test('A file goes up, is found and comes down again, and the clocks agree', async () => {
      const { source, bytes } = await scratch.file('source.bin', 40 * 1024 * 1024 + 1);
      const path = `${swift.container}/round-trip.bin`;
      const put = sign('PUT', path);
      const sent = await storage.upload({ url: put, source });
      expect(await storage.head(put)).toEqual({ sizeBytes: bytes.length, etag: sent.md5 });
      const target = scratch.path('in/target.bin');
      const fetched = await storage.download({ url: sign('GET', path), target });
      expect(fetched).toMatchObject({ md5: sent.md5, sha256: sent.sha256, bytesFetched: bytes.length });
      expect((await readFile(target)).equals(bytes)).toBe(true);
      expect(storage.skewMs(swift.url)).toBe(0);
    });

    test('Expired and forged URLs are URL_REFUSED, each way', async () => {
      const { source } = await scratch.file('source.bin', 3_000_000);
      const path = `${swift.container}/refused.bin`;
      expect(await codeOf(storage.upload({ url: sign('PUT', path, -1), source }))).toBe('URL_REFUSED');
      expect(await codeOf(storage.upload({ url: sign('GET', path), source }))).toBe('URL_REFUSED');
      expect(await codeOf(storage.download({ url: sign('PUT', path), target: null }))).toBe('URL_REFUSED');
      expect(await codeOf(storage.head(sign('DELETE', path)))).toBe('URL_REFUSED');
      expect(await storage.head(sign('GET', path))).toBeNull();
      expect(await codeOf(storage.download({ url: sign('GET', path), target: null }))).toBe('OBJECT_MISSING');
    });

    test('With its object server down Swift is STORAGE_UNAVAILABLE, and all goes well once it is back', async () => {
      const { source } = await scratch.file('source.bin', 3_000_000);
      const path = `${swift.container}/outage.bin`;
      swift.stop('object');
      expect(await codeOf(storage.upload({ url: sign('PUT', path), source }))).toBe('STORAGE_UNAVAILABLE');
      expect(await codeOf(storage.head(sign('GET', path)))).toBe('STORAGE_UNAVAILABLE');
      expect(await codeOf(storage.download({ url: sign('GET', path), target: null }))).toBe('STORAGE_UNAVAILABLE');
      swift.start();
      await until(() => uploads('outage.bin'), 'Swift has forgiven its object server', 60_000);
    });

    test('An object server that ends during a download leaves a part, and the next attempt goes on from it', async () => {
      const size = 300 * 1024 * 1024;
      const { source } = await scratch.file('source.bin', size);
      const path = `${swift.container}/cut.bin`;
      const sent = await storage.upload({ url: sign('PUT', path), source });
      const target = scratch.path('target.bin');
      let stopped = false;
      const cut = storage.download({
        url: sign('GET', path),
        target,
        onProgress: (done) => {
          if (done < size / 3 || stopped) return;
          stopped = true;
          swift.stop('object');
        },
      });
      expect(await codeOf(cut)).toBe('STORAGE_UNAVAILABLE');
      swift.start();
      let fetched = 0;
      await until(
        () =>
          storage.download({ url: sign('GET', path), target, expected: { sizeBytes: size, md5: sent.md5 } }).then(
            (done) => (fetched = done.bytesFetched) > 0,
            () => false,
          ),
        'Swift is well again',
        60_000,
      );
      expect(fetched).toBeLessThan((size * 2) / 3);
      expect((await storage.digest({ ...source, path: source.path })).md5).toBe(sent.md5);
    });

    test('With its account server down and its caches cold, valid URLs are URL_REFUSED, not forever', async () => {
      const path = `${swift.container}/cold.bin`;
      swift.stop('account');
      swift.stop('memcached');
      await until(
        async () => (await codeOf(storage.head(sign('GET', path)))) === 'URL_REFUSED',
        'its key is forgotten',
      );
      swift.start();
      await until(() => uploads('cold.bin'), 'its key is known again', 60_000);
    });

    test('A proxy that is down is STORAGE_UNAVAILABLE', async () => {
      swift.stop('proxy');
      expect(await codeOf(storage.head(sign('GET', `${swift.container}/a`)))).toBe('STORAGE_UNAVAILABLE');
    });
  });
}
