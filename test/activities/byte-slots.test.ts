import { ByteSlots } from '../../src/activities/byte-slots';

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('Byte slots', () => {
  test('let no more work run at once than there are slots, in the order of asking', async () => {
    const slots = new ByteSlots(2);
    const { signal } = new AbortController();
    const gates = [deferred(), deferred(), deferred()];
    const started: number[] = [];
    const runs = gates.map((gate, index) =>
      slots.use(signal, () => {
        started.push(index);
        return gate.promise;
      }),
    );
    await new Promise(setImmediate);
    expect(started).toEqual([0, 1]);
    gates[1]!.resolve();
    await runs[1];
    await new Promise(setImmediate);
    expect(started).toEqual([0, 1, 2]);
    gates[0]!.resolve();
    gates[2]!.resolve();
    await Promise.all(runs);
  });

  test('give the slot back when the work fails', async () => {
    const slots = new ByteSlots(1);
    const { signal } = new AbortController();
    await expect(slots.use(signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(slots.use(signal, () => Promise.resolve('next'))).resolves.toBe('next');
  });

  test('are not lost to a waiter that was aborted', async () => {
    const slots = new ByteSlots(1);
    const gate = deferred();
    const first = slots.use(new AbortController().signal, () => gate.promise);
    const aborter = new AbortController();
    const second = slots.use(aborter.signal, () => Promise.resolve());
    aborter.abort(new Error('cancelled'));
    await expect(second).rejects.toThrow('cancelled');
    gate.resolve();
    await first;
    await expect(slots.use(new AbortController().signal, () => Promise.resolve('free'))).resolves.toBe('free');
  });
});
