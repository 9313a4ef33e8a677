import { createSharedActivities, type ActivityDeps } from '../../src/activities';
import { FerryError } from '../../src/errors';
import type { AdminCredentials, SiteProperty } from '../../src/liveperson/types';
import { failureOf, fakeDeps, runAttempt } from './support';

const MINUTE = 60_000;
const input = { account: 'acme', consumer: 'ops', transferId: 'acme-plan-1', sizeBytes: 5, fileType: 'JPG' };
const OPS: AdminCredentials = { kind: 'password', username: 'ops', password: 'x' };
const OFF = new FerryError('FILE_SHARING_OFF', 'File sharing is off.');

type Read = () => Promise<SiteProperty | null>;

const property = (isOn: boolean, modifiedAgoMs: number | null): SiteProperty => ({
  id: 'p',
  value: isOn,
  isOn,
  modifiedAgoMs,
  revision: null,
});

/** A worker whose messaging service says that file sharing is off, and whose property reads like this. */
function workerThatReads(read: Read, credentials: AdminCredentials | null = OPS) {
  const reads = jest.fn(read);
  const parts = fakeDeps({
    liveperson: { serviceUrl: () => Promise.resolve('http://127.0.0.1:1'), readProperty: reads },
    consumers: { as: () => Promise.reject(OFF) },
  });
  const deps: ActivityDeps = {
    ...parts,
    account: (name) => {
      const account = parts.account(name);
      const config = { ...account.config, enableFileSharing: false };
      return { ...account, config, adminCredentials: () => credentials };
    },
  };
  const { requestUploadUrl } = createSharedActivities(deps);
  return { reads, request: () => failureOf(runAttempt(requestUploadUrl, input)) };
}

test.each([0, MINUTE, 15 * MINUTE - 1])(
  'A refusal %i ms after file sharing was switched on is tried again: the service learns of it later.',
  async (ageMs) => {
    const { request } = workerThatReads(async () => property(true, ageMs));
    expect(await request()).toMatchObject({ type: 'FILE_SHARING_NOT_YET', nonRetryable: false });
  },
);

test.each<[string, Read]>([
  ['is off', async () => property(false, 0)],
  ['does not exist', async () => null],
  ['was switched on a quarter of an hour ago', async () => property(true, 15 * MINUTE)],
  ['tells no time', async () => property(true, null)],
  ['may not be read', () => Promise.reject(new FerryError('PRIVILEGE_MISSING', 'not allowed'))],
])('A refusal parks the transfer where the property %s.', async (_, read) => {
  const { request } = workerThatReads(read);
  expect(await request()).toMatchObject({ type: 'FILE_SHARING_OFF', nonRetryable: true });
});

test('A refusal parks the transfer of an account without login.', async () => {
  const { request, reads } = workerThatReads(async () => property(true, 0), null);
  expect(await request()).toMatchObject({ type: 'FILE_SHARING_OFF' });
  expect(reads).not.toHaveBeenCalled();
});

test('A refusal parks nothing while the property cannot be read: that is an outage.', async () => {
  const away = new FerryError('MESSAGING_UNAVAILABLE', 'away');
  const { request } = workerThatReads(() => Promise.reject(away));
  expect(await request()).toMatchObject({ type: 'MESSAGING_UNAVAILABLE', nonRetryable: false });
});

test('A hundred refused transfers read the property once.', async () => {
  const { request, reads } = workerThatReads(async () => property(true, MINUTE));
  const failures = await Promise.all(Array.from({ length: 100 }, request));
  expect(new Set(failures.map(({ type }) => type))).toEqual(new Set(['FILE_SHARING_NOT_YET']));
  await request();
  expect(reads).toHaveBeenCalledTimes(1);
});
