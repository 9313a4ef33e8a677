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
