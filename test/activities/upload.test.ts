import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createIoActivities, type ActivityDeps } from '../../src/activities';
import { sealUrl } from '../../src/activities/signed-urls';
import { FerryError } from '../../src/errors';
import type { SignedUrl, Storage } from '../../src/storage/types';
import type { UploadInput } from '../../src/contract';
import { failureOf, fakeDeps, runAttempt, type FakeParts } from './support';

const identity = { account: 'acme', consumer: 'ops', transferId: 'acme-plan-1' };
const digests = { md5: 'a'.repeat(32), sha256: 'b'.repeat(64) };

let directory: string;
let file: UploadInput['file'];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferry-upload-'));
  const source = join(directory, 'plan.jpg');
  await writeFile(source, 'bytes');
  const { size, mtimeMs, ino } = await stat(source);
  file = { source, name: 'plan.jpg', sizeBytes: size, mtimeMs, inode: ino, fileType: 'JPG', notes: [] };
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function urlOf(name: string, livesSeconds = 60): SignedUrl {
  return {
    origin: 'http://127.0.0.1:1',
    relativePath: `/v1/AUTH_a/c/${name}`,
    query: { temp_url_sig: 'sig', temp_url_expires: String(Math.floor(Date.now() / 1000) + livesSeconds) },
    expiresAt: Math.floor(Date.now() / 1000) + livesSeconds,
  };
}

const discovery = { serviceUrl: () => Promise.resolve('http://127.0.0.1:1') };

/** Messaging that signs: `new-1`, `new-2` ... for uploads, and the path asked for, for downloads. */
function signing() {
  let count = 0;
  const answer = (name: string) => {
    const { relativePath, query } = urlOf(name);
    return Promise.resolve({ relativePath, queryParams: query });
  };
  const session = {
    requestUploadUrl: jest.fn(() => answer(`new-${(count += 1)}`)),
    requestDownloadUrl: jest.fn((relativePath: string) => answer(relativePath.split('/').at(-1)!)),
  };
  return {
    session,
    parts: {
      liveperson: discovery,
      consumers: {
        as: ((_: unknown, work: (given: unknown) => unknown) => work(session)) as ActivityDeps['consumers']['as'],
      },
    },
  };
}

function sent(): jest.MockedFunction<Storage['upload']> {
  return jest.fn((_options) => Promise.resolve({ ...digests, bytesSent: 5 }));
}

function run(parts: FakeParts, info: { attempt?: number; heartbeatDetails?: unknown } = {}, url = urlOf('first')) {
  const deps = fakeDeps({ liveperson: discovery, ...parts });
  const input: UploadInput = { ...identity, file, url: sealUrl(deps, 'upload-url', identity, url) };
  return runAttempt(createIoActivities(deps).upload, input, info);
}

const lost = (): Promise<never> => Promise.reject(new FerryError('ANSWER_LOST', 'lost', { details: { bytesSent: 5 } }));
const stored = () => Promise.resolve({ sizeBytes: file.sizeBytes, etag: digests.md5 });

describe('Upload', () => {
  test('sends the file with the first link and asks nothing else', async () => {
    const upload = sent();
    await expect(run({ storage: { upload } })).resolves.toEqual({
      relativePath: '/v1/AUTH_a/c/first',
      ...digests,
      urlRenewals: 0,
      bytesSent: 5,
    });
    expect(upload).toHaveBeenCalledTimes(1);
  });

  test('requests a link of its own when the key that sealed the link is gone, and looks first where it may have sent', async () => {
    const { session, parts } = signing();
    const deps = fakeDeps({ ...parts, storage: { upload: sent(), head: () => Promise.resolve(null) } });
    const url = sealUrl(fakeDeps({}), 'upload-url', identity, urlOf('first'));
    await expect(
      runAttempt(createIoActivities(deps).upload, { ...identity, file, url }, { attempt: 2 }),
    ).resolves.toMatchObject({ relativePath: '/v1/AUTH_a/c/new-1', bytesSent: 5 });
    expect(session.requestDownloadUrl).toHaveBeenCalledWith('/v1/AUTH_a/c/first', expect.anything());
  });

  test('is done without sending again when only the answer was lost', async () => {
    const upload = jest.fn(lost);
    const storage = { upload, head: stored, digest: () => Promise.resolve(digests) };
    await expect(run({ storage })).resolves.toMatchObject({ relativePath: '/v1/AUTH_a/c/first', bytesSent: 5 });
    expect(upload).toHaveBeenCalledTimes(1);
  });

  test('fails as ANSWER_LOST, to be tried again, when the answer was lost and nothing is stored', async () => {
    const failure = await failureOf(run({ storage: { upload: lost, head: () => Promise.resolve(null) } }));
    expect(failure).toMatchObject({ type: 'ANSWER_LOST', nonRetryable: false });
    expect(failure.nextRetryDelay).toBeGreaterThan(0);
  });

  test('sends nothing in a later attempt when an earlier one has landed', async () => {
    const upload = sent();
    const storage = { upload, head: stored, digest: () => Promise.resolve(digests) };
    const previous = { bytesMoved: 5, urlRenewals: 2, relativePath: '/v1/AUTH_a/c/first' };
    await expect(run({ storage }, { attempt: 2, heartbeatDetails: previous })).resolves.toMatchObject({
      urlRenewals: 2,
      bytesSent: 5,
    });
    expect(upload).not.toHaveBeenCalled();
  });

  test('asks by a download link whether it landed when the upload link has expired since', async () => {
    const { session, parts } = signing();
    const head = jest.fn<ReturnType<Storage['head']>, [SignedUrl]>();
    head.mockRejectedValueOnce(new FerryError('URL_REFUSED', 'expired')).mockImplementationOnce(stored);
    const upload = sent();
    const storage = { upload, head, digest: () => Promise.resolve(digests) };
    await expect(run({ ...parts, storage }, { attempt: 3 })).resolves.toMatchObject({
      relativePath: '/v1/AUTH_a/c/first',
    });
    expect(session.requestDownloadUrl).toHaveBeenCalledWith('/v1/AUTH_a/c/first', expect.anything());
    expect(upload).not.toHaveBeenCalled();
  });

  test('looks where an upload was broken off, by a pause or a parking, before it sends anew', async () => {
    const { session, parts } = signing();
    const upload = sent();
    const storage = { upload, head: stored, digest: () => Promise.resolve(digests) };
    const deps = fakeDeps({ ...parts, storage });
    const url = sealUrl(deps, 'upload-url', identity, urlOf('second'));
    const input: UploadInput = { ...identity, file, url, before: '/v1/AUTH_a/c/first' };
    await expect(runAttempt(createIoActivities(deps).upload, input)).resolves.toMatchObject({
      relativePath: '/v1/AUTH_a/c/first',
      bytesSent: 0,
    });
    expect(session.requestDownloadUrl).toHaveBeenCalledWith('/v1/AUTH_a/c/first', expect.anything());
    expect(upload).not.toHaveBeenCalled();
  });

  test('says, when it is broken off, what it had done and where', async () => {
    const environment = new MockActivityEnvironment({ attempt: 1 }, { logger: new DefaultLogger('ERROR') });
    const upload = jest.fn<ReturnType<Storage['upload']>, Parameters<Storage['upload']>>(
      async ({ signal, onProgress }) => {
        onProgress!(3);
        environment.cancel();
        await new Promise(setImmediate);
        signal!.throwIfAborted();
        throw new Error('was not told to stop');
      },
    );
    const deps = fakeDeps({ liveperson: discovery, storage: { upload } });
    const input: UploadInput = { ...identity, file, url: sealUrl(deps, 'upload-url', identity, urlOf('first')) };
    const thrown: unknown = await environment
      .run(createIoActivities(deps).upload, input)
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(CancelledFailure);
    expect((thrown as CancelledFailure).details).toEqual([
      expect.objectContaining({ bytesMoved: 3, relativePath: '/v1/AUTH_a/c/first' }),
    ]);
  });

  test('does not ask a host that storage has left', async () => {
    const { parts } = signing();
    const upload = sent();
    const head = jest.fn(() => Promise.resolve(null));
    const moved = { serviceUrl: () => Promise.resolve('http://127.0.0.1:2') };
    const previous = { bytesMoved: 0, urlRenewals: 0, relativePath: '/v1/AUTH_a/c/first' };
    await run({ ...parts, liveperson: moved, storage: { upload, head } }, { attempt: 2, heartbeatDetails: previous });
    expect(upload.mock.calls.map(([{ url }]) => url.origin)).toEqual(['http://127.0.0.1:2']);
  });

  test('sends again in a later attempt when another object lies there', async () => {
    const upload = sent();
    const head = () => Promise.resolve({ sizeBytes: file.sizeBytes, etag: 'c'.repeat(32) });
    await run({ storage: { upload, head, digest: () => Promise.resolve(digests) } }, { attempt: 2 });
    expect(upload).toHaveBeenCalledTimes(1);
  });

  test('renews a link that has expired in the queue before it sends a byte', async () => {
    const { parts } = signing();
    const upload = sent();
    const head = () => Promise.resolve(null);
    await expect(run({ ...parts, storage: { upload, head } }, {}, urlOf('old', -1))).resolves.toMatchObject({
      relativePath: '/v1/AUTH_a/c/new-1',
      urlRenewals: 1,
    });
    expect(upload.mock.calls.map(([{ url }]) => url.relativePath)).toEqual(['/v1/AUTH_a/c/new-1']);
  });

  test('renews a refused link within the attempt, so that no failed attempt is counted', async () => {
    const { parts } = signing();
    const upload = sent().mockRejectedValueOnce(
      new FerryError('URL_REFUSED', 'expired', { details: { bytesSent: 3 } }),
    );
    await expect(run({ ...parts, storage: { upload, head: () => Promise.resolve(null) } })).resolves.toMatchObject({
      urlRenewals: 1,
      bytesSent: 8,
    });
  });

  test('reports a changed source as final', async () => {
    const upload = sent().mockRejectedValueOnce(new FerryError('SOURCE_CHANGED', 'changed'));
    expect(await failureOf(run({ storage: { upload } }))).toMatchObject({ type: 'SOURCE_CHANGED', nonRetryable: true });
  });

  test('refuses a link that was sealed for another transfer', async () => {
    const deps = fakeDeps({});
    const foreign = sealUrl(deps, 'upload-url', { ...identity, transferId: 'acme-other-2' }, urlOf('first'));
    const failure = await failureOf(runAttempt(createIoActivities(deps).upload, { ...identity, file, url: foreign }));
    expect(failure.type).toBe('PROTOCOL_ERROR');
  });
});
