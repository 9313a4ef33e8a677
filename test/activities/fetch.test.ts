import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createIoActivities, type ActivityDeps } from '../../src/activities';
import { sealUrl } from '../../src/activities/signed-urls';
import { createStorage } from '../../src/storage';
import type { Storage } from '../../src/storage/types';
import type { FetchActivityInput } from '../../src/contract';
import { failureOf, fakeDeps, runAttempt } from './support';

const identity = { account: 'acme', consumer: 'ops', transferId: 'acme-plan-1' };
const relativePath = '/v1/AUTH_a/c/first';

function urlFor(deps: ActivityDeps): FetchActivityInput['url'] {
  const expiresAt = Math.floor(Date.now() / 1000) + 60;
  const query = { temp_url_sig: 'sig', temp_url_expires: String(expiresAt) };
  return sealUrl(deps, 'download-url', identity, { origin: 'http://127.0.0.1:1', relativePath, query, expiresAt });
}

test('A fetch that is broken off says how many bytes had come, without those that lay on the disk before.', async () => {
  const environment = new MockActivityEnvironment({ attempt: 1 }, { logger: new DefaultLogger('ERROR') });
  const download: Storage['download'] = async ({ signal, onProgress }) => {
    // The first tells where a resumed fetch begins.
    onProgress!(40, 100);
    onProgress!(70, 100);
    environment.cancel();
    await new Promise(setImmediate);
    signal!.throwIfAborted();
    throw new Error('was not told to stop');
  };
  const deps = fakeDeps({ storage: { download } });
  const url = urlFor(deps);
  const input: FetchActivityInput = { ...identity, url, target: null, expected: null };
  const thrown: unknown = await environment.run(createIoActivities(deps).fetch, input).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(CancelledFailure);
  expect((thrown as CancelledFailure).details).toEqual([
    expect.objectContaining({ bytesMoved: 30, bytesUnderWay: 0, relativePath }),
  ]);
});

test('A source that changed after it was sent is not taken for the file that was fetched back into its directory.', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ferry-fetch-'));
  const storage = createStorage();
  try {
    const target = join(directory, 'plan.jpg');
    writeFileSync(target, 'changed');
    const deps = fakeDeps({ storage });
    const sent = { sizeBytes: 7, md5: '0'.repeat(32) };
    const input = { ...identity, url: urlFor(deps), target, expected: sent };
    const failed = await failureOf(runAttempt(createIoActivities(deps).fetch, input));
    expect(failed.type).toBe('TARGET_EXISTS');
    const md5 = createHash('md5').update('changed').digest('hex');
    const same = { ...input, expected: { sizeBytes: 7, md5 } };
    expect(await runAttempt(createIoActivities(deps).fetch, same)).toMatchObject({ md5, bytesFetched: 0 });
  } finally {
    await storage.close();
    rmSync(directory, { recursive: true });
  }
});

test('What was sent may be a named pipe by now: the fetch does not look at it.', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ferry-fetch-'));
  const storage = createStorage();
  try {
    const target = join(directory, 'pipe.jpg');
    execFileSync('mkfifo', [target]);
    const deps = fakeDeps({ storage });
    const input = { ...identity, url: urlFor(deps), target, expected: { sizeBytes: 0, md5: '0'.repeat(32) } };
    const failed = await failureOf(runAttempt(createIoActivities(deps).fetch, input));
    expect(failed.type).toBe('TARGET_EXISTS');
  } finally {
    await storage.close();
    rmSync(directory, { recursive: true });
  }
});
