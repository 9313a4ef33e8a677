import { Pacer } from '../../src/activities/pacer';
import { FerryError } from '../../src/errors';

const down = (): Promise<never> => Promise.reject(new FerryError('STORAGE_UNAVAILABLE', 'refused'));

async function failTimes(pacer: Pacer, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1)
    await expect(pacer.run('storage', down)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
}

async function pauseAfterFailing(pacer: Pacer): Promise<number> {
  const error: unknown = await pacer.run('storage', down).catch((thrown: unknown) => thrown);
  return error instanceof FerryError ? (error.retryAfterMs ?? 0) : Number.NaN;
}

afterEach(() => jest.restoreAllMocks());

describe('The pacer', () => {
  test('lets every try through while failures are few', async () => {
    const pacer = new Pacer();
    await failTimes(pacer, 2);
    await expect(pacer.run('storage', () => Promise.resolve('ok'))).resolves.toBe('ok');
  });

  test('does not touch a service that is down, and says when it is worth trying', async () => {
    const pacer = new Pacer();
    await failTimes(pacer, 3);
    const work = jest.fn(down);
    await expect(pacer.run('storage', work)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: 'refused' });
    await expect(pacer.run('storage', work)).rejects.toHaveProperty('retryAfterMs', expect.any(Number));
    expect(work).not.toHaveBeenCalled();
  });

  test('tells the others without the object of the transfer that asked', async () => {
    const pacer = new Pacer();
    const work = (): Promise<never> => {
      const message = 'Storage answered 503 to PUT https://swift.example:8080/v1/AUTH_a/c/of-another.jpg.';
      return Promise.reject(new FerryError('STORAGE_UNAVAILABLE', message));
    };
    for (let i = 0; i < 3; i += 1) await expect(pacer.run('storage', work)).rejects.toThrow('of-another.jpg');
    await expect(pacer.run('storage', work)).rejects.toThrow(
      /^Storage answered 503 to PUT https:\/\/swift\.example:8080\.$/,
    );
  });

  test('takes what many met at once for one trouble: their pause is the first, not the thirtieth', async () => {
    const pacer = new Pacer();
    const pauses = await Promise.all(Array.from({ length: 30 }, () => pauseAfterFailing(pacer)));
    expect(Math.max(...pauses)).toBeLessThan(7000);
  });

  test('waits longer after each try that failed anew', async () => {
    const pacer = new Pacer();
    expect(await pauseAfterFailing(pacer)).toBeLessThan(7000);
    expect(await pauseAfterFailing(pacer)).toBeGreaterThan(7500);
    expect(await pauseAfterFailing(pacer)).toBeGreaterThan(11_500);
  });

  test('paces each service on its own', async () => {
    const pacer = new Pacer();
    await failTimes(pacer, 3);
    await expect(pacer.run('messaging', () => Promise.resolve('ok'))).resolves.toBe('ok');
  });

  test('does not count failures that are no outage', async () => {
    const pacer = new Pacer();
    const refused = (): Promise<never> => Promise.reject(new FerryError('URL_REFUSED', 'expired'));
    for (let i = 0; i < 5; i += 1)
      await expect(pacer.run('storage', refused)).rejects.toMatchObject({ code: 'URL_REFUSED' });
    await expect(pacer.run('storage', () => Promise.resolve('ok'))).resolves.toBe('ok');
  });

  test('lets another try after a while when the one that asks is a long transfer', async () => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const pacer = new Pacer();
    await failTimes(pacer, 3);
    now += 60_000;
    let finish = (): void => undefined;
    const long = pacer.run('storage', () => new Promise<void>((resolve) => (finish = resolve)));
    await expect(pacer.run('storage', () => Promise.resolve('ok'))).rejects.toMatchObject({ message: 'refused' });
    now += 31_000;
    await expect(pacer.run('storage', () => Promise.resolve('ok'))).resolves.toBe('ok');
    finish();
    await long;
  });

  test('still lets one alone ask when an earlier one, that was taken for long, has failed', async () => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const pacer = new Pacer();
    await failTimes(pacer, 3);
    now += 60_000;
    let fail = (): void => undefined;
    const refused = new FerryError('URL_REFUSED', 'expired');
    const first = pacer.run('storage', () => new Promise<void>((_, reject) => (fail = () => reject(refused))));
    now += 31_000;
    let finish = (): void => undefined;
    const second = pacer.run('storage', () => new Promise<void>((resolve) => (finish = resolve)));
    fail();
    await expect(first).rejects.toMatchObject({ code: 'URL_REFUSED' });
    await expect(pacer.run('storage', () => Promise.resolve('ok'))).rejects.toMatchObject({ message: 'refused' });
    finish();
    await second;
  });

  test('forgets failures after a success', async () => {
    const pacer = new Pacer();
    await failTimes(pacer, 2);
    await pacer.run('storage', () => Promise.resolve('ok'));
    await failTimes(pacer, 2);
    await expect(pacer.run('storage', () => Promise.resolve('ok'))).resolves.toBe('ok');
  });
});
