/** What changes on the service's or the host's side in the middle of a transfer. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConsumerActivities, createSharedActivities } from '../../src/activities';
import type { ActivityDeps, AccountAccess } from '../../src/activities';
import { readSecret } from '../../src/config/credentials';
import { FerryError } from '../../src/errors';
import { failureOf, fakeDeps, runAttempt } from './support';

const WHO = { account: 'acme', consumer: 'ops' };
const UPLOAD = { ...WHO, transferId: 't', sizeBytes: 1, fileType: 'JPG' };
const LINK = {
  relativePath: '/v1/AUTH_a/c/x',
  queryParams: { temp_url_sig: 'a'.repeat(40), temp_url_expires: '9999999999' },
};

function withAccount(deps: ActivityDeps, change: (account: AccountAccess) => AccountAccess): ActivityDeps {
  return { ...deps, account: (name) => change(deps.account(name)) };
}

describe('file sharing that is switched off between the check and the link', () => {
  const off = new FerryError('FILE_SHARING_OFF', 'File sharing is off.');

  afterEach(() => jest.restoreAllMocks());

  /** A site whose file sharing is off; each time it is switched on, it stays on or is switched off again at once. */
  function site({ mayEnable, staysOn }: { readonly mayEnable: boolean; readonly staysOn: boolean }) {
    let on = false;
    const ensureFileSharing = jest.fn(() => {
      on = staysOn;
      return Promise.resolve({ wasOn: false });
    });
    const readProperty = () => Promise.resolve({ id: 'p', value: on, isOn: on, modifiedAgoMs: 0, revision: null });
    const as = jest.fn(() => (on ? Promise.resolve(LINK) : Promise.reject(off)));
    const deps = fakeDeps({
      liveperson: { ensureFileSharing, readProperty, serviceUrl: () => Promise.resolve('https://storage.example') },
      consumers: { as: as as ActivityDeps['consumers']['as'] },
    });
    const activities = createSharedActivities(
      withAccount(deps, (account) => ({
        ...account,
        config: { ...account.config, enableFileSharing: mayEnable },
        adminCredentials: () => ({ kind: 'password', username: 'ops', password: 'sandbox' }),
      })),
    );
    return { ask: () => runAttempt(activities.requestUploadUrl, UPLOAD), ensureFileSharing };
  }

  test('is switched on again where Ferry may do so, and the next attempt gets a link', async () => {
    const { ask, ensureFileSharing } = site({ mayEnable: true, staysOn: true });
    expect(await failureOf(ask())).toMatchObject({ type: 'FILE_SHARING_NOT_YET', nonRetryable: false });
    await expect(ask()).resolves.toMatchObject({ relativePath: LINK.relativePath });
    expect(ensureFileSharing).toHaveBeenCalledTimes(1);
  });

  test('parks the transfer where Ferry may not', async () => {
    const { ask, ensureFileSharing } = site({ mayEnable: false, staysOn: true });
    expect((await failureOf(ask())).type).toBe('FILE_SHARING_OFF');
    expect(ensureFileSharing).not.toHaveBeenCalled();
  });

  test('parks the transfer when file sharing is off again a minute later, so that two programs do not fight over it', async () => {
    const { ask, ensureFileSharing } = site({ mayEnable: true, staysOn: false });
    expect((await failureOf(ask())).type).toBe('FILE_SHARING_NOT_YET');
    const aMinuteLater = performance.now() + 61_000;
    jest.spyOn(performance, 'now').mockReturnValue(aMinuteLater);
    expect((await failureOf(ask())).type).toBe('FILE_SHARING_OFF');
    expect(ensureFileSharing).toHaveBeenCalledTimes(1);
  });
});

describe('a secret that cannot be read in the middle of a transfer', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'ferry-secret-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  function depsReading(file: string): ActivityDeps {
    return withAccount(fakeDeps({}), (account) => ({
      ...account,
      adminCredentials: () => ({ kind: 'password', username: 'ops', password: readSecret({ file }, {}) }),
      consumerCredentials: () => Promise.resolve({ kind: 'authenticated', authCode: readSecret({ file }, {}) }),
    }));
  }

  test('parks the transfer with what to do, instead of ending it', async () => {
    const file = join(dir, 'password');
    writeFileSync(file, 'hunter2');
    chmodSync(file, 0o644);
    const { enable } = createSharedActivities(depsReading(file));
    const failure = await failureOf(runAttempt(enable, WHO));
    expect(failure.type).toBe('SECRET_UNUSABLE');
    expect(failure.message).toContain(`chmod 600 '${file}'`);
  });

  test('parks it also where the consumer proves itself', async () => {
    const { acquireToken } = createConsumerActivities(depsReading(join(dir, 'absent')));
    const failure = await failureOf(runAttempt(acquireToken, { ...WHO, previous: null }));
    expect([failure.type, failure.message]).toEqual(['SECRET_UNUSABLE', expect.stringContaining('does not exist')]);
  });
});
