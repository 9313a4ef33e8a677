import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createIoActivities } from '../../src/activities';
import { sealUrl } from '../../src/activities/signed-urls';
import type { Storage } from '../../src/storage/types';
import type { FetchActivityInput } from '../../src/contract';
import { fakeDeps } from './support';

const identity = { account: 'acme', consumer: 'ops', transferId: 'acme-plan-1' };
const relativePath = '/v1/AUTH_a/c/first';

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
  const expiresAt = Math.floor(Date.now() / 1000) + 60;
  const query = { temp_url_sig: 'sig', temp_url_expires: String(expiresAt) };
  const url = sealUrl(deps, 'download-url', identity, { origin: 'http://127.0.0.1:1', relativePath, query, expiresAt });
  const input: FetchActivityInput = { ...identity, url, target: null, sourcePath: null, expected: null };
  const thrown: unknown = await environment.run(createIoActivities(deps).fetch, input).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(CancelledFailure);
  expect((thrown as CancelledFailure).details).toEqual([
    expect.objectContaining({ bytesMoved: 30, bytesUnderWay: 0, relativePath }),
  ]);
});
