import { SharedCalls, abortable, asError, groupRuns } from '../../src/lib/shared-call';
import { gate, turn, type Gate } from './support';

test('Callers with the same key share one call, and nothing is kept after the call ended', async () => {
  const calls = new SharedCalls<number>();
  const open = gate();
  let started = 0;
  const start = async (): Promise<number> => {
    started += 1;
    await open.promise;
    return started;
  };
  const both = [calls.run('a', start), calls.run('a', start)];
  const other = calls.run('b', async () => 7);
  expect(calls.size).toBe(2);
  open.resolve();
  expect(await Promise.all([...both, other])).toEqual([1, 1, 7]);
  expect(calls.size).toBe(0);
  expect(await calls.run('a', start)).toBe(2);
});

test('A failed call fails for all its callers, and the next caller starts again', async () => {
  const calls = new SharedCalls<string>();
  const fail = (): Promise<string> => Promise.reject(new Error('no'));
  const both = await Promise.allSettled([calls.run('a', fail), calls.run('a', fail)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await calls.run('a', async () => 'well')).toBe('well');
});

test('A signal ends the wait of its caller and not the call of the others', async () => {
  const calls = new SharedCalls<string>();
  const open = gate();
  const start = async (): Promise<string> => {
    await open.promise;
    return 'done';
  };
  const aborter = new AbortController();
  const first = calls.run('a', start, aborter.signal);
  const second = calls.run('a', start);
  aborter.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  open.resolve();
  expect(await second).toBe('done');
});

test('A signal that has fired ends the wait at once, and no listener is left on it', async () => {
  const aborter = new AbortController();
  const add = jest.spyOn(aborter.signal, 'addEventListener');
  const remove = jest.spyOn(aborter.signal, 'removeEventListener');
  expect(await abortable(Promise.resolve(1), aborter.signal)).toBe(1);
  expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
  aborter.abort('why');
  await expect(abortable(Promise.resolve(1), aborter.signal)).rejects.toThrow('Aborted: why');
});

test('Any reason of a signal can be thrown', () => {
  const error = new Error('real');
  expect(asError(error)).toBe(error);
  expect(asError('why').message).toBe('Aborted: why');
});

test('A caller that comes during a run is served by the next run, together with all others', async () => {
  const gates: Gate[] = [];
  const run = groupRuns(() => {
    const open = gate();
    gates.push(open);
    return open.promise;
  });
  const first = run();
  const later = [run(), run(), run()];
  expect(gates).toHaveLength(1);
  gates[0]!.resolve();
  await first;
  await turn();
  expect(gates).toHaveLength(2);
  gates[1]!.resolve();
  await Promise.all(later);
  const last = run();
  expect(gates).toHaveLength(3);
  gates[2]!.resolve();
  await last;
});

test('A failed run fails for its callers alone', async () => {
  let runs = 0;
  const run = groupRuns(async () => {
    runs += 1;
    await turn();
    if (runs === 1) throw new Error('first');
  });
  const [first, second] = await Promise.allSettled([run(), run()]);
  expect([first?.status, second?.status]).toEqual(['rejected', 'fulfilled']);
});
