import { Pacer } from '../../src/activities/pacer';
import { FerryError } from '../../src/errors';

const STORAGE = { group: 'https://swift.example', name: 'storage' };
const MESSAGING = { group: 'acme', name: 'messaging' };

const down = (): Promise<never> => Promise.reject(new FerryError('STORAGE_UNAVAILABLE', 'refused'));

async function failTimes(pacer: Pacer, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1)
    await expect(pacer.run(STORAGE, down)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
}

const lost = (): Promise<never> => {
  const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  return Promise.reject(new FerryError('STORAGE_UNAVAILABLE', 'reset', { cause }));
};

/** A monotonic clock that moves only by the returned function. */
function stoppedClock(): (ms: number) => void {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  return (ms) => {
    now += ms;
  };
}

async function pauseAfterFailing(pacer: Pacer, work = down): Promise<number> {
  const error: unknown = await pacer.run(STORAGE, work).catch((thrown: unknown) => thrown);
  return error instanceof FerryError ? (error.retryAfterMs ?? 0) : Number.NaN;
}

/** Lets a try that was just handed in begin. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

afterEach(() => jest.restoreAllMocks());

describe('The pacer', () => {
  test('lets every try through while failures are few', async () => {
    const pacer = new Pacer();
    await failTimes(pacer, 2);
    await expect(pacer.run(STORAGE, () => Promise.resolve('ok'))).resolves.toBe('ok');
  });

  test('does not touch a service that is down, and says when it is worth trying', async () => {
    const pacer = new Pacer();
    await failTimes(pacer, 3);
    const work = jest.fn(down);
    await expect(pacer.run(STORAGE, work)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: 'refused' });
    await expect(pacer.run(STORAGE, work)).rejects.toHaveProperty('retryAfterMs', expect.any(Number));
    expect(work).not.toHaveBeenCalled();
  });

  test('tells the others without the object of the transfer that asked', async () => {
    const pacer = new Pacer();
    const work = (): Promise<never> => {
      const message = 'Storage answered 503 to PUT https://swift.example:8080/v1/AUTH_a/c/of-another.jpg.';
      return Promise.reject(new FerryError('STORAGE_UNAVAILABLE', message));
    };
    for (let i = 0; i < 3; i += 1) await expect(pacer.run(STORAGE, work)).rejects.toThrow('of-another.jpg');
    await expect(pacer.run(STORAGE, work)).rejects.toThrow(
      /^Storage answered 503 to PUT https:\/\/swift\.example:8080\.$/,
    );
  });

  test('takes what many met at once for one trouble: their pause is the first, not the thirtieth', async () => {
    const pacer = new Pacer();
    const pauses = await Promise.all(Array.from({ length: 30 }, () => pauseAfterFailing(pacer)));
    expect(Math.max(...pauses)).toBeLessThan(7000);
  });

  test('waits longer after each try that failed after the pause of the one before, until the service counts as down', async () => {
    const passes = stoppedClock();
    const pacer = new Pacer();
    const first = await pauseAfterFailing(pacer);
    expect(first).toBeLessThan(7000);
    passes(first);
    const second = await pauseAfterFailing(pacer);
    expect(second).toBeGreaterThan(7500);
    passes(second);
    // The next attempt waits inside the worker.
    expect(await pauseAfterFailing(pacer)).toBeLessThan(1000);
  });

  test('tries again within a second after a lost connection, and then after two seconds', async () => {
    const passes = stoppedClock();
    const pacer = new Pacer();
    const first = await pauseAfterFailing(pacer, lost);
    expect(first).toBeLessThanOrEqual(1001);
    passes(first);
    expect(await pauseAfterFailing(pacer, lost)).toBeGreaterThan(1500);
  });

  test('paces each service on its own', async () => {
    const pacer = new Pacer();
    await failTimes(pacer, 3);
    await expect(pacer.run(MESSAGING, () => Promise.resolve('ok'))).resolves.toBe('ok');
  });

  test('does not count failures that are not an outage', async () => {
    const pacer = new Pacer();
    const refused = (): Promise<never> => Promise.reject(new FerryError('URL_REFUSED', 'expired'));
    for (let i = 0; i < 5; i += 1)
      await expect(pacer.run(STORAGE, refused)).rejects.toMatchObject({ code: 'URL_REFUSED' });
    await expect(pacer.run(STORAGE, () => Promise.resolve('ok'))).resolves.toBe('ok');
  });

  test('lets another try after a while when the one that asks is a long transfer', async () => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const pacer = new Pacer();
    await failTimes(pacer, 3);
    now += 60_000;
    let finish = (): void => undefined;
    const long = pacer.run(STORAGE, () => new Promise<void>((resolve) => (finish = resolve)));
    await expect(pacer.run(STORAGE, () => Promise.resolve('ok'))).rejects.toMatchObject({ message: 'refused' });
    now += 31_000;
    await expect(pacer.run(STORAGE, () => Promise.resolve('ok'))).resolves.toBe('ok');
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
    const first = pacer.run(STORAGE, () => new Promise<void>((_, reject) => (fail = () => reject(refused))));
    await turn();
    now += 31_000;
    let finish = (): void => undefined;
    const second = pacer.run(STORAGE, () => new Promise<void>((resolve) => (finish = resolve)));
    await turn();
    fail();
    await expect(first).rejects.toMatchObject({ code: 'URL_REFUSED' });
    await expect(pacer.run(STORAGE, () => Promise.resolve('ok'))).rejects.toMatchObject({ message: 'refused' });
    finish();
    await second;
  });

  test('forgets failures after a success', async () => {
    const pacer = new Pacer();
    await failTimes(pacer, 2);
    await pacer.run(STORAGE, () => Promise.resolve('ok'));
    await failTimes(pacer, 2);
    await expect(pacer.run(STORAGE, () => Promise.resolve('ok'))).resolves.toBe('ok');
  });
});

describe('A patient attempt', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  function attempt(number = 2) {
    const ending = new AbortController();
    return {
      number,
      signal: ending.signal,
      shown: [] as (string | null)[],
      abort: (reason: Error) => ending.abort(reason),
    };
  }

  function patient({ number, signal, shown }: ReturnType<typeof attempt>) {
    return { number, signal, waitFor: (what: string | null) => void shown.push(what) };
  }

  async function downPacer(): Promise<Pacer> {
    const pacer = new Pacer();
    await failTimes(pacer, 3);
    return pacer;
  }

  test('waits inside the worker, shows for what, and goes on within seconds when one probe succeeds', async () => {
    const pacer = await downPacer();
    const waiting = Array.from({ length: 6 }, () => attempt());
    const work = jest.fn(() => Promise.resolve('ok'));
    const all = Promise.all(waiting.map((each) => pacer.run(STORAGE, work, patient(each))));
    await jest.advanceTimersByTimeAsync(1500);
    expect(work).not.toHaveBeenCalled();
    expect(waiting.map(({ shown }) => shown)).toEqual(waiting.map(() => ['storage']));
    // The first probe comes after 2 s, a fifth more at the most; then the others are spread over a part of a second.
    await jest.advanceTimersByTimeAsync(2000);
    await expect(all).resolves.toHaveLength(6);
    expect(waiting.map(({ shown }) => shown.at(-1))).toEqual(waiting.map(() => null));
  });

  test('probes alone: the others stay while one asks, and after it has failed', async () => {
    const pacer = await downPacer();
    const work = jest.fn(down);
    const ends = Array.from({ length: 5 }, () => pacer.run(STORAGE, work, patient(attempt())).catch(() => 'failed'));
    await jest.advanceTimersByTimeAsync(3000);
    expect(work).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(4500);
    expect(work).toHaveBeenCalledTimes(2);
    work.mockImplementation(() => Promise.resolve() as Promise<never>);
    await jest.advanceTimersByTimeAsync(60_000);
    expect((await Promise.all(ends)).filter((end) => end === 'failed')).toHaveLength(2);
  });

  test('does not wait when it is the first: Temporal must learn the reason, and the next one waits', async () => {
    const pacer = await downPacer();
    const ended = pacer.run(STORAGE, () => Promise.resolve('ok'), patient(attempt(1)));
    await expect(ended).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: 'refused' });
    const error: unknown = await ended.catch((thrown: unknown) => thrown);
    expect((error as FerryError).retryAfterMs).toBeLessThan(1000);
  });

  test('stops waiting with the reason of its signal, and leaves the turn to the next', async () => {
    const pacer = await downPacer();
    const first = attempt();
    const ended = pacer.run(STORAGE, () => Promise.resolve('first'), patient(first));
    const second = pacer.run(STORAGE, () => Promise.resolve('second'), patient(attempt()));
    first.abort(new Error('paused'));
    await expect(ended).rejects.toThrow('paused');
    await jest.advanceTimersByTimeAsync(19_000);
    await expect(second).resolves.toBe('second');
  });

  test('leaves most slots of the worker to other services: beyond sixteen, attempts fail and come back later', async () => {
    const pacer = await downPacer();
    const ends = Array.from({ length: 20 }, () =>
      pacer.run(STORAGE, () => Promise.resolve('ok'), patient(attempt())).catch(() => 'later'),
    );
    await jest.advanceTimersByTimeAsync(25_000);
    expect((await Promise.all(ends)).filter((end) => end === 'later')).toHaveLength(4);
  });

  test('is held with all services of its account after a 429, for as long as the service asked', async () => {
    const pacer = new Pacer();
    const refuse = () => Promise.reject(new FerryError('THROTTLED', '429', { retryAfterMs: 1500 }));
    await expect(pacer.run(MESSAGING, refuse)).rejects.toMatchObject({ code: 'THROTTLED' });
    const work = jest.fn(() => Promise.resolve('ok'));
    const other = pacer.run({ group: 'acme', name: 'administration' }, work, patient(attempt()));
    await jest.advanceTimersByTimeAsync(1400);
    expect(work).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(200);
    await expect(other).resolves.toBe('ok');
    await expect(pacer.run(STORAGE, work)).resolves.toBe('ok');
  });
});
