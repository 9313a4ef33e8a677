import { isStale, withRenewal } from '../../src/activities/renewing';
import { FerryError } from '../../src/errors';
import type { SignedUrl } from '../../src/storage/types';

const clock = { now: () => 1_000_000 };
const { signal } = new AbortController();

function url(name: string, expiresAt = 2000): SignedUrl {
  return { origin: 'https://storage.example', relativePath: `/v1/a/c/${name}`, query: {}, expiresAt };
}

const never = (): never => {
  throw new Error('no pause was expected');
};

const refused = (): Promise<never> => Promise.reject(new FerryError('URL_REFUSED', 'refused'));

describe('Renewing a signed URL', () => {
  test('does not ask for another while the first is good', async () => {
    const renew = jest.fn();
    const used = await withRenewal(url('one'), signal, renew, (given) => Promise.resolve(given.relativePath), never);
    expect(used).toBe('/v1/a/c/one');
    expect(renew).not.toHaveBeenCalled();
  });

  test('is called for when the URL has no life left by the storage clock', () => {
    expect(isStale(clock, url('stale', 1000))).toBe(true);
    expect(isStale(clock, url('alive', 1002))).toBe(false);
  });

  test('asks again at once when the first is refused', async () => {
    const begun = performance.now();
    const use = jest.fn<Promise<string>, [SignedUrl]>().mockImplementationOnce(refused).mockResolvedValueOnce('stored');
    await expect(withRenewal(url('one'), signal, () => Promise.resolve(url('two')), use, never)).resolves.toBe(
      'stored',
    );
    expect(use).toHaveBeenCalledTimes(2);
    expect(performance.now() - begun).toBeLessThan(500);
  });

  test('says that it pauses when a fresh one is refused too, so that people see why nothing moves', async () => {
    const told: string[] = [];
    const use = jest.fn<Promise<string>, [SignedUrl]>(async ({ relativePath }) => {
      told.push(relativePath);
      return told.length < 4 ? refused() : 'stored';
    });
    const renew = () => Promise.resolve(url('next'));
    await withRenewal(url('one'), signal, renew, use, () => void told.push('pause'));
    expect(told).toEqual(['/v1/a/c/one', '/v1/a/c/next', 'pause', '/v1/a/c/next']);
  });

  test('passes other failures on without asking again', async () => {
    const renew = jest.fn();
    const fail = (): Promise<never> => Promise.reject(new FerryError('STORAGE_UNAVAILABLE', 'down'));
    await expect(withRenewal(url('one'), signal, renew, fail, never)).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    expect(renew).not.toHaveBeenCalled();
  });

  test('stops at once when it is aborted while it pauses', async () => {
    const aborter = new AbortController();
    const use = jest.fn(refused);
    const renew = () => {
      if (use.mock.calls.length >= 1) setImmediate(() => aborter.abort(new Error('cancelled')));
      return Promise.resolve(url('next'));
    };
    await expect(withRenewal(url('one'), aborter.signal, renew, use, () => undefined)).rejects.toThrow(/abort/i);
    expect(use.mock.calls.length).toBeLessThanOrEqual(3);
  });
});
