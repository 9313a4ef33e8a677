import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, link, mkdir, readFile, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FerryError } from '../../src/errors';
import { createStorage, type Downloaded, type Storage } from '../../src/storage';
import { openPart } from '../../src/storage/part-file';
import { failureOf, makeScratch, until, withoutRootsRights, type Scratch } from './support/scratch';
import { CONTAINER, md5, startTempUrlServer, type TempUrlServer } from './support/tempurl-server';

const PATH = `${CONTAINER}/object.PNG`;
const MIB = 1024 * 1024;
const SIZE = 9 * MIB + 1234;

let server: TempUrlServer;
let scratch: Scratch;
let storage: Storage;
let bytes: Buffer;
let target: string;

beforeEach(async () => {
  server = await startTempUrlServer();
  scratch = await makeScratch();
  storage = createStorage({
    floor: { bytesPerSecond: 1000, windowMs: 1000 },
    headersTimeoutMs: 1500,
    connectTimeoutMs: 2000,
  });
  bytes = randomBytes(SIZE);
  server.put(PATH, bytes);
  await mkdir(scratch.path('in'));
  target = scratch.path('in/target.bin');
});

afterEach(async () => {
  await storage.close();
  await server.close();
  await scratch.remove();
});

const fetch = (options: Partial<Parameters<Storage['download']>[0]> = {}): Promise<Downloaded> =>
  storage.download({ url: server.sign('GET', PATH), target, ...options });

const failedFetch = async (promise: Promise<unknown> = fetch()): Promise<FerryError> => {
  const error = await failureOf(promise);
  expect(error).toBeInstanceOf(FerryError);
  const failure = error as FerryError;
  expect(JSON.stringify([failure.message, failure.details])).not.toMatch(/temp_url_sig|\b[0-9a-f]{40}\b/);
  return failure;
};

const expectArrived = async (fetched: Downloaded, bytesFetched: number): Promise<void> => {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(fetched).toMatchObject({ sizeBytes: bytes.length, md5: md5(bytes), sha256 });
  // undici's stream may drop what it holds when the connection breaks.
  const dropped = fetched.bytesFetched - bytesFetched;
  expect(dropped).toBeGreaterThanOrEqual(0);
  expect(dropped).toBeLessThanOrEqual(bytesFetched > 0 ? MIB : 0);
  expect((await readFile(target)).equals(bytes)).toBe(true);
  expect(await readdir(scratch.path('in'))).toEqual(['target.bin']);
};

test.each([
  [401, 'URL_REFUSED'],
  [403, 'STORAGE_REFUSED'],
  [404, 'OBJECT_MISSING'],
  [429, 'THROTTLED'],
  [498, 'THROTTLED'],
  [500, 'STORAGE_UNAVAILABLE'],
  [503, 'STORAGE_UNAVAILABLE'],
  [301, 'UNTRUSTED_HOST'],
  [304, 'UNTRUSTED_HOST'],
])('A download that is answered %i ends as %s and leaves nothing at the target', async (status, code) => {
  server.faults.push({ method: 'GET', fault: { status } });
  const failure = await failedFetch();
  expect(failure.code).toBe(code);
  expect(failure.details).toMatchObject({ bytesFetched: 0 });
  expect(existsSync(target)).toBe(false);
});

test('A connection that breaks keeps what came, and the next attempt fetches only the rest', async () => {
  server.faults.push({ method: 'GET', fault: { resetAfterBytes: 5 * MIB + 77 } });
  const failure = await failedFetch();
  expect(failure.code).toBe('STORAGE_UNAVAILABLE');
  expect(failure.details['bytesFetched']).toBeGreaterThan(4 * MIB);
  expect(failure.details['bytesFetched']).toBeLessThanOrEqual(5 * MIB + 77);
  const seen: number[] = [];
  const fetched = await fetch({ onProgress: (done) => seen.push(done) });
  await expectArrived(fetched, SIZE - 5 * MIB - 77);
  // It says first where it begins.
  expect(seen[0]).toBe(SIZE - fetched.bytesFetched);
  expect(seen[0]).toBeGreaterThan(4 * MIB);
  expect(seen.at(-1)).toBe(SIZE);
  expect(server.requests.at(-1)?.headers).toMatchObject({
    range: `bytes=${SIZE - fetched.bytesFetched}-`,
    'if-match': `"${md5(bytes)}"`,
  });
});

test('A part that is complete is proven and named without a single byte', async () => {
  await leavePart(SIZE);
  await expectArrived(await fetch(), 0);
  expect(server.requests.map(({ method }) => method)).toEqual(['HEAD']);
});

test('An object that changed since the part was begun is fetched anew', async () => {
  await leavePart(4 * MIB);
  bytes = randomBytes(SIZE);
  server.put(PATH, bytes);
  await expectArrived(await fetch(), SIZE);
  expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
});

test('A complete part of an object that changed is thrown away', async () => {
  await leavePart(SIZE);
  bytes = randomBytes(1000);
  server.put(PATH, bytes);
  await expectArrived(await fetch(), 1000);
  expect(server.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
});

test('A part whose bytes rotted is found by the digest, thrown away, and the next attempt ends well', async () => {
  await leavePart(4 * MIB);
  const part = await readFile(`${target}.part`);
  part[12_345] = (part[12_345] ?? 0) ^ 1;
  await writeFile(`${target}.part`, part);
  expect((await failedFetch()).code).toBe('DIGEST_MISMATCH');
  await expectArrived(await fetch(), SIZE);
});

test.each([
  ['torn', (text: string) => text.slice(0, -8)],
  ['empty', () => ''],
  ['of another version', (text: string) => text.replace('"v":1', '"v":2')],
  ['nonsense', () => 'null'],
])("A part whose sidecar is %s is not taken for one of Ferry's: both stay as they are", async (_what, change) => {
  await leavePart(4 * MIB);
  const sidecar = `${target}.part.json`;
  const text = change(await readFile(sidecar, 'utf8'));
  await writeFile(sidecar, text);
  expect(await fetch()).toMatchObject({ md5: md5(bytes), bytesFetched: SIZE });
  expect(server.requests[0]?.headers.range).toBeUndefined();
  expect((await stat(`${target}.part`)).size).toBe(4 * MIB);
  expect(await readFile(sidecar, 'utf8')).toBe(text);
  expect((await readFile(target)).equals(bytes)).toBe(true);
});

test('A file beside the target that has the name of a part, and is none, stays as it is', async () => {
  await writeFile(`${target}.part`, 'mine');
  await fetch();
  expect((await readFile(target)).equals(bytes)).toBe(true);
  expect(await readFile(`${target}.part`, 'utf8')).toBe('mine');
  expect((await readdir(scratch.path('in'))).sort()).toEqual(['target.bin', 'target.bin.part']);
});

test('A part that others may write is not gone on with; once it is ours alone it is', async () => {
  await leavePart(4 * MIB);
  await chmod(`${target}.part`, 0o666);
  await fetch();
  expect((await stat(target)).mode & 0o777).toBe(0o600);
  await rm(target);
  await chmod(`${target}.part`, 0o600);
  await fetch();
  expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined, `bytes=${4 * MIB}-`]);
});

test('A part that belongs to another user is not gone on with, and the file is ours', async () => {
  // Only root can give a file away.
  if (process.geteuid?.() !== 0) return;
  await leavePart(4 * MIB);
  await chown(`${target}.part`, 65_534, 65_534);
  await fetch();
  expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined]);
  expect((await stat(target)).uid).toBe(0);
});

test('A sidecar that others may write says nothing', async () => {
  await leavePart(4 * MIB);
  await chmod(`${target}.part.json`, 0o666);
  await fetch();
  expect(server.requests.map(({ headers }) => headers.range)).toEqual([undefined]);
});

test('An empty part of an attempt that was killed at once is used again', async () => {
  await writeFile(`${target}.part`, '');
  await fetch();
  expect(await readdir(scratch.path('in'))).toEqual(['target.bin']);
});

test('A fetched file may be read and written by its owner alone, or as it was asked for', async () => {
  await fetch();
  expect((await stat(target)).mode & 0o777).toBe(0o600);
  await rm(target);
  await fetch({ fileMode: 0o640 });
  expect((await stat(target)).mode & 0o777).toBe(0o640);
});

test('An object that is larger than a fetch may be is refused before its first byte, unless its size was known', async () => {
  const failure = await failedFetch(fetch({ maxBytes: SIZE - 1 }));
  expect(failure).toMatchObject({ code: 'FETCH_TOO_LARGE', details: { bytesFetched: 0 } });
  expect(await readdir(scratch.path('in'))).toEqual([]);
  await fetch({ maxBytes: SIZE });
  await rm(target);
  await fetch({ maxBytes: 1, expected: { sizeBytes: SIZE, md5: md5(bytes) } });
});

test.each(['9007199254740993', '99999999999999999999999', '-1', '1e3'])(
  'A length of %s is PROTOCOL_ERROR, and nothing is kept of the object',
  async (length) => {
    server.faults.push({ method: 'GET', fault: { status: 200, headers: { 'content-length': length } } });
    expect((await failedFetch()).code).toMatch(/^(PROTOCOL_ERROR|STORAGE_UNAVAILABLE)$/);
    expect((await stat(`${target}.part`)).size).toBe(0);
  },
);

test('An object whose ETag is not an MD5 is fetched, and not called verified', async () => {
  expect(await fetch()).toMatchObject({ verified: true });
  await rm(target);
  server.objects.set(PATH, { bytes, etag: 'not-an-md5' });
  expect(await fetch()).toMatchObject({ md5: md5(bytes), verified: false });
  await rm(target);
  const expected = { sizeBytes: SIZE, md5: md5(bytes) };
  expect(await fetch({ expected })).toMatchObject({ verified: true });
});

test('A part longer than its object is worth nothing', async () => {
  await leavePart(SIZE);
  await truncate(`${target}.part`, SIZE + 2862);
  await expectArrived(await fetch(), SIZE);
  expect((await stat(target)).size).toBe(SIZE);
});

test('A range that is ignored by storage starts again from the first byte', async () => {
  await leavePart(4 * MIB);
  server.ignoreRanges = true;
  await expectArrived(await fetch(), SIZE);
  expect(server.requests[0]?.headers.range).toBe(`bytes=${4 * MIB}-`);
});

test('Bytes that were changed on the way are DIGEST_MISMATCH, and nothing of them is kept', async () => {
  server.faults.push({ method: 'GET', fault: { corrupt: true } });
  expect((await failedFetch()).code).toBe('DIGEST_MISMATCH');
  expect(await readdir(scratch.path('in'))).toEqual([]);
});

test('An object other than the expected one is DIGEST_MISMATCH before it is fetched', async () => {
  for (const expected of [
    { sizeBytes: SIZE + 1, md5: md5(bytes) },
    { sizeBytes: SIZE, md5: md5(Buffer.from('other')) },
  ]) {
    const failure = await failedFetch(fetch({ expected }));
    expect(failure.code).toBe('DIGEST_MISMATCH');
    expect(failure.details['bytesFetched']).toBe(0);
  }
  expect(await readdir(scratch.path('in'))).toEqual([]);
});

test('A body that stops coming is STALLED; what came is kept', async () => {
  server.faults.push({ method: 'GET', fault: { stallAfterBytes: 3 * MIB } });
  const failure = await failedFetch();
  expect(failure.code).toBe('STALLED');
  await expectArrived(await fetch(), SIZE - 3 * MIB);
});

test('A slow body above the floor arrives, and is on disk within a second of its coming', async () => {
  bytes = randomBytes(200_000);
  server.put(PATH, bytes);
  server.faults.push({ method: 'GET', fault: { bytesPerSecond: 100_000 } });
  const fetching = fetch();
  await until(async () => ((await stat(`${target}.part`).catch(() => null))?.size ?? 0) > 20_000, 'some is on disk');
  expect(existsSync(target)).toBe(false);
  await expectArrived(await fetching, 200_000);
});

test('An answer that does not begin in time is STORAGE_UNAVAILABLE', async () => {
  server.faults.push({ method: 'GET', fault: { silent: true } });
  expect((await failedFetch()).code).toBe('STORAGE_UNAVAILABLE');
});

test('An aborted download throws the reason of its signal, keeps the part and closes the connection', async () => {
  server.faults.push({ method: 'GET', fault: { stallAfterBytes: 2 * MIB } });
  const controller = new AbortController();
  const reason = new Error('enough');
  const fetching = fetch({ signal: controller.signal });
  await until(() => (server.requests[0]?.bytesOut ?? 0) > 0, 'it is under way');
  controller.abort(reason);
  expect(await failureOf(fetching)).toBe(reason);
  expect(await failureOf(fetch({ signal: controller.signal }))).toBe(reason);
  await until(() => server.connections() === 0, 'the connection is closed');
  expect(await readdir(scratch.path('in'))).not.toContain('target.bin.part.lock');
  await fetch();
});

test('A target that is equal already needs no byte, with or without knowing what is expected', async () => {
  await writeFile(target, bytes);
  await expectArrived(await fetch({ expected: { sizeBytes: SIZE, md5: md5(bytes) } }), 0);
  expect(server.requests).toHaveLength(0);
  await expectArrived(await fetch(), 0);
  expect(server.requests.map(({ method }) => method)).toEqual(['HEAD']);
});

test('Another file, a directory or a link at the target is TARGET_EXISTS and stays as it is', async () => {
  await writeFile(target, 'mine');
  expect((await failedFetch()).code).toBe('TARGET_EXISTS');
  const sameSize = Buffer.alloc(SIZE, 7);
  await writeFile(target, sameSize);
  expect((await failedFetch()).code).toBe('TARGET_EXISTS');
  expect((await readFile(target)).equals(sameSize)).toBe(true);
  await mkdir(scratch.path('in/directory'));
  expect((await failedFetch(fetch({ target: scratch.path('in/directory') }))).code).toBe('TARGET_EXISTS');
  await symlink('/nowhere', scratch.path('in/link'));
  expect((await failedFetch(fetch({ target: scratch.path('in/link') }))).code).toBe('TARGET_EXISTS');
});

test('A file that appears at the target during the fetch is not overwritten', async () => {
  server.faults.push({ method: 'GET', fault: { bytesPerSecond: 20 * MIB } });
  const fetching = failedFetch();
  await until(() => existsSync(`${target}.part`), 'the part is there');
  await writeFile(target, 'mine');
  expect((await fetching).code).toBe('TARGET_EXISTS');
  expect(await readFile(target, 'utf8')).toBe('mine');
  expect(await readdir(scratch.path('in'))).toEqual(['target.bin']);
});

test('The directory is made when its parent is there, else it is TARGET_PARENT_MISSING', async () => {
  const made = scratch.path('new/target.bin');
  await fetch({ target: made });
  expect((await readFile(made)).equals(bytes)).toBe(true);
  const failure = await failedFetch(fetch({ target: scratch.path('none/none/target.bin') }));
  expect(failure.code).toBe('TARGET_PARENT_MISSING');
  await writeFile(scratch.path('file'), '');
  expect((await failedFetch(fetch({ target: scratch.path('file/target.bin') }))).code).toBe('TARGET_PARENT_MISSING');
});

test('A directory that may not be written is TARGET_NOT_WRITABLE', async () => {
  await chmod(scratch.directory, 0o755);
  await chmod(scratch.path('in'), 0o555);
  expect((await withoutRootsRights(() => failedFetch())).code).toBe('TARGET_NOT_WRITABLE');
  const inside = scratch.path('in/new/target.bin');
  expect((await withoutRootsRights(() => failedFetch(fetch({ target: inside })))).code).toBe('TARGET_NOT_WRITABLE');
});

test('Of two fetches to one target one wins and the other is TARGET_BUSY', async () => {
  server.faults.push({ method: 'GET', fault: { bytesPerSecond: 40 * MIB } });
  const first = fetch();
  await until(() => existsSync(`${target}.part`), 'the first has begun');
  const other = createStorage();
  const failure = await failedFetch(other.download({ url: server.sign('GET', PATH), target }));
  await other.close();
  expect(failure.code).toBe('TARGET_BUSY');
  await expectArrived(await first, SIZE);
});

test('Without a target everything is digested and nothing is kept', async () => {
  const fetched = await fetch({ target: null });
  expect(fetched).toMatchObject({ sizeBytes: SIZE, md5: md5(bytes), bytesFetched: SIZE });
  server.faults.push({ method: 'GET', fault: { corrupt: true } });
  expect((await failedFetch(fetch({ target: null }))).code).toBe('DIGEST_MISMATCH');
  expect(await readdir(scratch.path('in'))).toEqual([]);
});

test('A name as long as a file system allows is fetched like any other', async () => {
  target = scratch.path(join('in', `${'n'.repeat(251)}.bin`));
  await fetch();
  expect((await readFile(target)).equals(bytes)).toBe(true);
  expect(await readdir(scratch.path('in'))).toHaveLength(1);
});

test('A part that shares its bytes with a finished file is never written into', async () => {
  const { link } = await import('node:fs/promises');
  await leavePart(SIZE);
  await link(`${target}.part`, scratch.path('in/finished'));
  const finished = bytes;
  bytes = randomBytes(SIZE);
  server.put(PATH, bytes);
  await fetch();
  expect((await readFile(scratch.path('in/finished'))).equals(finished)).toBe(true);
  expect((await readFile(target)).equals(bytes)).toBe(true);
});

test('A disk that becomes full keeps what came', async () => {
  const disk = scratch.path('in');
  if (!mounted('-o', `size=${16 * MIB}`, 'tmpfs', disk)) return;
  try {
    server.faults.push({ method: 'GET', fault: { bytesPerSecond: 8 * MIB } });
    const fetching = failedFetch();
    await until(async () => ((await stat(`${target}.part`).catch(() => null))?.size ?? 0) > MIB, 'some is on disk');
    await writeFile(join(disk, 'filler'), Buffer.alloc(16 * MIB)).catch(() => undefined);
    expect((await fetching).code).toBe('DISK_FULL');
    await rm(join(disk, 'filler'));
    expect((await fetch()).bytesFetched).toBeLessThan(SIZE - MIB / 2);
    expect((await readFile(target)).equals(bytes)).toBe(true);
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('An object that would fill the disk is refused before its first byte; one that never fits leaves no part', async () => {
  const disk = scratch.path('in');
  if (!mounted('-o', `size=${16 * MIB}`, 'tmpfs', disk)) return;
  try {
    await writeFile(join(disk, 'filler'), Buffer.alloc(8 * MIB));
    expect(await failedFetch()).toMatchObject({ code: 'DISK_FULL', details: { bytesFetched: 0 } });
    expect(mounted('-o', `remount,size=${9 * MIB}`, disk)).toBe(true);
    expect((await failedFetch()).code).toBe('FETCH_TOO_LARGE');
    expect(await readdir(disk)).toEqual(['filler']);
  } finally {
    execFileSync('umount', [disk]);
  }
});

test('A small part that a kill leaves just before it gets its name is not left for good', async () => {
  bytes = randomBytes(12_895);
  server.put(PATH, bytes);
  const killed = await openPart(target, 0o600);
  await killed.begin({ etag: md5(bytes), sizeBytes: bytes.length });
  await killed.file.writeAll([bytes], 0);
  expect((await fetch()).bytesFetched).toBe(0);
  expect((await readFile(target)).equals(bytes)).toBe(true);
  expect(await readdir(scratch.path('in'))).toEqual(['target.bin']);
});

test.each([
  ['while the part still has its own name', async () => link(target, `${target}.part`)],
  ['when only the sidecar is left', async () => undefined],
])('A kill after the file got its name, %s, leaves nothing for good', async (_what, leave) => {
  await fetch();
  await writeFile(`${target}.part.json`, JSON.stringify({ v: 1, etag: md5(bytes), sizeBytes: SIZE }), { mode: 0o600 });
  await leave();
  expect((await fetch()).bytesFetched).toBe(0);
  expect(await readdir(scratch.path('in'))).toEqual(['target.bin']);
});

test('What a kill has left of a sidecar before it had its name is gone when the file is there', async () => {
  await writeFile(`${target}.part.json.new`, '{"v":1,"et');
  await fetch();
  expect(await readdir(scratch.path('in'))).toEqual(['target.bin']);
});

/** False where disks may not be mounted: only root on Linux may. */
function mounted(...words: readonly string[]): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', ...words], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What an attempt that ended after so many bytes leaves behind. */
async function leavePart(have: number): Promise<void> {
  await writeFile(`${target}.part`, bytes.subarray(0, have));
  await writeFile(`${target}.part.json`, JSON.stringify({ v: 1, etag: md5(bytes), sizeBytes: SIZE }));
}
