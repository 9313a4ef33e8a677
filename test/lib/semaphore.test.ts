import { onBehalfOf } from '../../src/lib/on-behalf';
import { Semaphore } from '../../src/lib/semaphore';
import { gate, turn } from './support';

describe('A semaphore', () => {
  test('lets no more work run at once than it has places, in the order of asking', async () => {
    const semaphore = new Semaphore(2);
    const { signal } = new AbortController();
    const gates = [gate(), gate(), gate()];
    const started: number[] = [];
    const runs = gates.map((open, index) =>
      semaphore.use(() => {
        started.push(index);
        return open.promise;
      }, signal),
    );
    await turn();
    expect(started).toEqual([0, 1]);
    gates[1]!.resolve();
    await runs[1];
    await turn();
    expect(started).toEqual([0, 1, 2]);
    gates[0]!.resolve();
    gates[2]!.resolve();
    await Promise.all(runs);
  });

  test('lets work that takes more places wait until they are free, and nobody overtake it', async () => {
    const semaphore = new Semaphore(4);
    const aborter = new AbortController();
    const gates = [gate(), gate()];
    const started: string[] = [];
    const start = (name: string, places: number, open = Promise.resolve(), signal?: AbortSignal): Promise<void> =>
      semaphore.use(
        () => {
          started.push(name);
          return open;
        },
        signal,
        places,
      );
    const runs = [start('small', 1, gates[0]!.promise), start('other small', 1, gates[1]!.promise)];
    const large = start('large', 4, undefined, aborter.signal);
    runs.push(start('late small', 1), start('later small', 2));
    await turn();
    expect(started).toEqual(['small', 'other small']);
    aborter.abort(new Error('cancelled'));
    await expect(large).rejects.toThrow('cancelled');
    await turn();
    expect(started).toEqual(['small', 'other small', 'late small', 'later small']);
    const another = start('another large', 4);
    gates[0]!.resolve();
    await turn();
    expect(started).not.toContain('another large');
    gates[1]!.resolve();
    await Promise.all([...runs, another]);
  });

  test('lets a more urgent caller wait before the others, behind those that are as urgent', async () => {
    const semaphore = new Semaphore(1);
    const open = gate();
    const started: string[] = [];
    const start = (name: string, priority: number, work = Promise.resolve()): Promise<void> =>
      onBehalfOf({ priority, waitFor: () => undefined }, () =>
        semaphore.use(() => {
          started.push(name);
          return work;
        }),
      );
    const runs = [start('first', 3, open.promise), start('many', 3), start('job', 4), start('one', 2)];
    runs.push(start('other one', 2));
    open.resolve();
    await Promise.all(runs);
    expect(started).toEqual(['first', 'one', 'other one', 'many', 'job']);
  });

  test('gives the place back when the work fails', async () => {
    const semaphore = new Semaphore(1);
    const { signal } = new AbortController();
    await expect(semaphore.use(() => Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
    await expect(semaphore.use(() => Promise.resolve('next'))).resolves.toBe('next');
  });

  test('does not lose a place to a waiter that was aborted', async () => {
    const semaphore = new Semaphore(1);
    const open = gate();
    const first = semaphore.use(() => open.promise);
    const aborter = new AbortController();
    const second = semaphore.use(() => Promise.resolve(), aborter.signal);
    aborter.abort(new Error('cancelled'));
    await expect(second).rejects.toThrow('cancelled');
    open.resolve();
    await first;
    await expect(semaphore.use(() => Promise.resolve('free'))).resolves.toBe('free');
  });
});
