import { appendFile, chmod, open, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { FerryError } from '../../src/errors';
import { createStorage, signedUrl, type Storage } from '../../src/storage';
import { failureOf, inspected, makeScratch, until, withoutRootsRights, type Scratch } from './support/scratch';
import { CONTAINER, md5, startTempUrlServer, type TempUrlServer } from './support/tempurl-server';

const PATH = `${CONTAINER}/object.PNG`;
const MIB = 1024 * 1024;

let server: TempUrlServer;
let scratch: Scratch;
let storage: Storage;

beforeEach(async () => {
  server = await startTempUrlServer();
  scratch = await makeScratch();
  storage = createStorage({ floor: { bytesPerSecond: 1000, windowMs: 1000 }, headersTimeoutMs: 1500 });
});

afterEach(async () => {
  await storage.close();
  await server.close();
  await scratch.remove();
});

const failedUpload = async (promise: Promise<unknown>): Promise<FerryError> => {
  const error = await failureOf(promise);
  expect(error).toBeInstanceOf(FerryError);
  const failure = error as FerryError;
  const text = JSON.stringify([failure.message, failure.details]);
  expect(text).not.toMatch(/temp_url_sig|\b[0-9a-f]{40}\b/);
  return failure;
};

test.each([
  [401, 'URL_REFUSED'],
  [403, 'STORAGE_REFUSED'],
  [404, 'STORAGE_REFUSED'],
  [408, 'STORAGE_UNAVAILABLE'],
  [411, 'STORAGE_REFUSED'],
  [413, 'STORAGE_REFUSED'],
  [422, 'STORAGE_REFUSED'],
  [499, 'STORAGE_UNAVAILABLE'],
  [500, 'STORAGE_UNAVAILABLE'],
  [503, 'STORAGE_UNAVAILABLE'],
  [302, 'UNTRUSTED_HOST'],
  [307, 'UNTRUSTED_HOST'],
])('An upload that is answered %i ends as %s and says how many bytes went out', async (status, code) => {
  const { source } = await scratch.file('source.bin', 20_000);
  server.faults.push({ method: 'PUT', fault: { status, headers: { location: 'http://127.0.0.1:1/v1/elsewhere' } } });
  const failure = await failedUpload(storage.upload({ url: server.sign('PUT', PATH), source }));
  expect(failure.code).toBe(code);
  expect(failure.details).toMatchObject({ status, bytesSent: 20_000 });
  expect(server.requests).toHaveLength(1);
});

test('A 429 is THROTTLED, waits at least a second, and longer when the service says so', async () => {
  const { source } = await scratch.file('source.bin', 10);
  for (const [headers, wait] of [
    [{}, 1000],
    [{ 'retry-after': '0' }, 1000],
    [{ 'retry-after': '7' }, 7000],
  ] as const) {
    server.faults.push({ method: 'PUT', fault: { status: 429, headers } });
    const failure = await failedUpload(storage.upload({ url: server.sign('PUT', PATH), source }));
    expect([failure.code, failure.retryAfterMs]).toEqual(['THROTTLED', wait]);
  }
});

test.each(['86400', '999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'])(
  'A service that says to come back in days or years (Retry-After: %s) is asked again within ten minutes',
  async (retryAfter) => {
    const { source } = await scratch.file('source.bin', 10);
    server.faults.push({ method: 'PUT', fault: { status: 503, headers: { 'retry-after': retryAfter } } });
    const failure = await failedUpload(storage.upload({ url: server.sign('PUT', PATH), source }));
    expect([failure.code, failure.retryAfterMs]).toEqual(['STORAGE_UNAVAILABLE', 600_000]);
  },
);

test('An answer that comes while the body is going out ends the reading of the file at once', async () => {
  const { source } = await scratch.file('source.bin', 64 * MIB);
  server.faults.push({ method: 'PUT', fault: { answerAfterBytes: 1, status: 401 } });
  const failure = await failedUpload(storage.upload({ url: server.sign('PUT', PATH), source }));
  expect(failure.code).toBe('URL_REFUSED');
  expect(failure.details['bytesSent']).toBeLessThan(32 * MIB);
  expect(server.objects.size).toBe(0);
});

test('A 201 with another ETag is DIGEST_MISMATCH', async () => {
  const { source } = await scratch.file('source.bin', 1000);
  server.faults.push({ method: 'PUT', fault: { corrupt: true } });
  const failure = await failedUpload(storage.upload({ url: server.sign('PUT', PATH), source }));
  expect(failure.code).toBe('DIGEST_MISMATCH');
});

test('A connection lost after the last byte is ANSWER_LOST, and HEAD with the same URL finds the object', async () => {
  const { source, bytes } = await scratch.file('source.bin', 3 * MIB);
  const url = server.sign('PUT', PATH);
  server.faults.push({ method: 'PUT', fault: { dropAfter: true } });
  const failure = await failedUpload(storage.upload({ url, source }));
  expect(failure.code).toBe('ANSWER_LOST');
  expect(failure.details).toMatchObject({ bytesSent: 3 * MIB, md5: md5(bytes) });
  expect(await storage.head(url)).toEqual({ sizeBytes: 3 * MIB, etag: md5(bytes) });
});

test('A connection reset in the middle of the body is STORAGE_UNAVAILABLE and nothing is stored', async () => {
  const { source } = await scratch.file('source.bin', 32 * MIB);
  server.faults.push({ method: 'PUT', fault: { resetAfterBytes: MIB } });
  const failure = await failedUpload(storage.upload({ url: server.sign('PUT', PATH), source }));
  expect(failure.code).toBe('STORAGE_UNAVAILABLE');
  expect(failure.details['bytesSent']).toBeGreaterThanOrEqual(MIB);
  expect(failure.details['bytesSent']).toBeLessThan(32 * MIB);
  expect(server.objects.size).toBe(0);
});

test('An upload that stops moving is STALLED', async () => {
  const { source } = await scratch.file('source.bin', 64 * MIB);
  server.faults.push({ method: 'PUT', fault: { stallAfterBytes: MIB } });
  const failure = await failedUpload(storage.upload({ url: server.sign('PUT', PATH), source }));
  expect(failure.code).toBe('STALLED');
  expect(failure.details['bytesSent']).toBeLessThan(64 * MIB);
});

test('A storage that takes every byte and never answers makes ANSWER_LOST', async () => {
  const { source } = await scratch.file('source.bin', 1000);
  server.faults.push({ method: 'PUT', fault: { stallAfterBytes: 1 } });
  const failure = await failedUpload(storage.upload({ url: server.sign('PUT', PATH), source }));
  expect(failure.code).toBe('ANSWER_LOST');
});

test('A slow upload above the floor goes on, though it takes longer than any timeout', async () => {
  const { source } = await scratch.file('source.bin', 8 * MIB);
  server.faults.push({ method: 'PUT', fault: { bytesPerSecond: 6 * MIB } });
  const seen: number[] = [];
  await storage.upload({ url: server.sign('PUT', PATH), source, onProgress: (done) => seen.push(done) });
  expect(seen.at(-1)).toBe(8 * MIB);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

test('A refused connection, an unknown host and a silent port are STORAGE_UNAVAILABLE', async () => {
  const { source } = await scratch.file('source.bin', 10);
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  for (const origin of [`http://127.0.0.1:${port}`, 'http://no-such-host.invalid']) {
    const queryParams = { temp_url_sig: 'x', temp_url_expires: '4102444800' };
    const url = signedUrl({ origin, relativePath: PATH, queryParams });
    const failure = await failedUpload(storage.upload({ url, source }));
    expect(failure.code).toBe('STORAGE_UNAVAILABLE');
    expect(failure.details['bytesSent']).toBe(0);
  }
});

test('A file that differs from what was inspected is SOURCE_CHANGED, and no byte leaves', async () => {
  const { source } = await scratch.file('source.bin', 1000);
  const variants = [
    { ...source, sizeBytes: 999 },
    { ...source, mtimeMs: source.mtimeMs - 2 },
    { ...source, inode: source.inode + 1 },
  ];
  for (const variant of variants) {
    const failure = await failedUpload(storage.upload({ url: server.sign('PUT', PATH), source: variant }));
    expect(failure.code).toBe('SOURCE_CHANGED');
  }
  expect(server.requests).toHaveLength(0);
});

/** Uploads a file and changes it as soon as a part of it is on its way. */
async function uploadDuring(change: (path: string) => Promise<void>): Promise<unknown> {
  const { source } = await scratch.file('source.bin', 32 * MIB);
  server.faults.push({ method: 'PUT', fault: { bytesPerSecond: 40 * MIB } });
  const changing: Promise<void>[] = [];
  const upload = storage.upload({
    url: server.sign('PUT', PATH),
    source,
    onProgress: (done) => {
      if (done > MIB && changing.length === 0) changing.push(change(source.path));
    },
  });
  const ended = await upload.catch((error: unknown) => error);
  await Promise.all(changing);
  return ended;
}

/** As `cp -p` does: other bytes, and the time as it was. */
async function rewriteUnseen(path: string): Promise<void> {
  const { atime, mtime } = await stat(path);
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(MIB, 'other'), 0, MIB, 0);
  await file.close();
  await utimes(path, atime, mtime);
}

test.each([
  ['grows', (path: string) => appendFile(path, 'more')],
  ['is touched', (path: string) => utimes(path, new Date(), new Date())],
  ['is rewritten and gets its old time', rewriteUnseen],
])('A file that %s while it is sent is SOURCE_CHANGED, and nothing is stored', async (_what, change) => {
  expect(await uploadDuring(change)).toMatchObject({ code: 'SOURCE_CHANGED' });
  expect(server.objects.size).toBe(0);
});

test('A file that gets other permissions while it is sent has not changed', async () => {
  expect(await uploadDuring((path) => chmod(path, 0o600))).toMatchObject({ bytesSent: 32 * MIB });
  expect(server.objects.size).toBe(1);
});

test('A vanished file is SOURCE_MISSING, a symbolic link in its place SOURCE_CHANGED', async () => {
  const { source } = await scratch.file('source.bin', 1000);
  await rename(source.path, `${source.path}.moved`);
  const gone = await failedUpload(storage.upload({ url: server.sign('PUT', PATH), source }));
  expect(gone.code).toBe('SOURCE_MISSING');
  await symlink(`${source.path}.moved`, source.path);
  const link = await failedUpload(storage.upload({ url: server.sign('PUT', PATH), source }));
  expect(link.code).toBe('SOURCE_CHANGED');
  expect(server.requests).toHaveLength(0);
});

test('A file that may not be read is SOURCE_UNREADABLE', async () => {
  const { source } = await scratch.file('source.bin', 1000);
  await chmod(scratch.directory, 0o755);
  await chmod(source.path, 0);
  const failure = await withoutRootsRights(() =>
    failedUpload(storage.upload({ url: server.sign('PUT', PATH), source })),
  );
  expect(failure.code).toBe('SOURCE_UNREADABLE');
});

test('An aborted upload throws the reason of its signal and lets go of the connection', async () => {
  const { source } = await scratch.file('source.bin', 64 * MIB);
  const controller = new AbortController();
  const reason = new Error('enough');
  server.faults.push({ method: 'PUT', fault: { bytesPerSecond: 4 * MIB } });
  const upload = storage.upload({
    url: server.sign('PUT', PATH),
    source,
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  expect(await failureOf(upload)).toBe(reason);
  expect(await failureOf(storage.upload({ url: server.sign('PUT', PATH), source, signal: controller.signal }))).toBe(
    reason,
  );
  await until(() => server.connections() === 0, 'the connection is closed');
});

test('The digests of an unchanged file are remembered, those of a changed one are not', async () => {
  const { source, bytes } = await scratch.file('source.bin', 4 * MIB);
  const first = await storage.digest(source);
  expect(first.md5).toBe(md5(bytes));
  await rm(source.path);
  const { source: second, bytes: others } = await scratch.file('source.bin', 4 * MIB);
  expect((await storage.digest(second)).md5).toBe(md5(others));
  await appendFile(source.path, 'x');
  const grown = await inspected(source.path);
  expect((await storage.digest(grown)).md5).toBe(md5(Buffer.concat([others, Buffer.from('x')])));
});
