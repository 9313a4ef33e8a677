import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSandbox, type FaultRule } from '../../sandbox';
import { createStorage, signedUrl, type SignedUrl, type Storage } from '../../src/storage';
import { failureOf, makeScratch, type Scratch } from './support/scratch';
import { md5 } from './support/tempurl-server';

const MIB = 1024 * 1024;
const PATH = '/v1/AUTH_async-images/12345678/object.PNG';

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let scratch: Scratch;
let storage: Storage;
let key: string;

beforeEach(async () => {
  scratch = await makeScratch();
  sandbox = await startSandbox({ port: 0, stateDir: scratch.path('state') });
  key = (await readFile(join(scratch.path('state'), 'temp-url.key'), 'utf8')).trim();
  storage = createStorage({ headersTimeoutMs: 2000 });
});

afterEach(async () => {
  await storage.close();
  await sandbox.close();
  await scratch.remove();
});

const sign = (method: string, lifeSeconds = 60): SignedUrl => {
  const expires = String(Math.floor(Date.now() / 1000) + lifeSeconds);
  const sig = createHmac('sha1', key).update(`${method}\n${expires}\n${PATH}`).digest('hex');
  const queryParams = { temp_url_sig: sig, temp_url_expires: expires };
  return signedUrl({ origin: sandbox.url, relativePath: PATH, queryParams });
};
const inject = async (at: string, action: FaultRule['do']): Promise<void> => {
  const rule: FaultRule = { at, do: action, times: 1 };
  const { ok } = await fetch(`${sandbox.url}/_sandbox/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([rule]),
  });
  expect(ok).toBe(true);
};
const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  ((await failureOf(promise)) as { code?: string }).code;

test('A file goes up, is found by the URL of its PUT, and comes down again in spite of a cut', async () => {
  const { source, bytes } = await scratch.file('source.bin', 12 * MIB + 1);
  const put = sign('PUT');
  const sent = await storage.upload({ url: put, source });
  expect(await storage.head(put)).toEqual({ sizeBytes: bytes.length, etag: md5(bytes) });
  const target = scratch.path('target.bin');
  await inject('get', { truncateAtBytes: 7 * MIB });
  expect(await codeOf(storage.download({ url: sign('GET'), target }))).toBe('STORAGE_UNAVAILABLE');
  const fetched = await storage.download({ url: sign('GET'), target });
  expect(fetched).toMatchObject({ md5: sent.md5, sha256: sent.sha256 });
  expect(fetched.bytesFetched).toBeLessThan(bytes.length - 6 * MIB);
  expect((await readFile(target)).equals(bytes)).toBe(true);
});

test.each([
  ['drop-after', 'ANSWER_LOST', true],
  ['drop-before', 'STORAGE_UNAVAILABLE', false],
  ['corrupt', 'DIGEST_MISMATCH', true],
  ['expired', 'URL_REFUSED', false],
  [{ status: 503 }, 'STORAGE_UNAVAILABLE', false],
  [{ resetAfterBytes: MIB }, 'STORAGE_UNAVAILABLE', false],
] as const)('A PUT with the fault %j ends as %s', async (action, code, stored) => {
  const { source } = await scratch.file('source.bin', 12 * MIB);
  await inject('put', action);
  const url = sign('PUT');
  expect(await codeOf(storage.upload({ url, source }))).toBe(code);
  expect((await storage.head(url)) !== null).toBe(stored);
  await storage.upload({ url, source });
});

test('A PUT that is held up until its URL has expired is URL_REFUSED', async () => {
  const { source } = await scratch.file('source.bin', 100_000);
  await inject('put', { delayMs: 1200 });
  expect(await codeOf(storage.upload({ url: sign('PUT', 1), source }))).toBe('URL_REFUSED');
});
