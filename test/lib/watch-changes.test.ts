import { watchChanges } from '../../src/lib/watch-changes';
import { waitFor } from '../support/wait-for';

const stop = new AbortController();
afterAll(() => stop.abort());

test('A changed value is used once, a fault is told once, and the change is tried again after the fault.', async () => {
  const source = { value: 'first', isBroken: false };
  const used = ['first'];
  const faults: string[] = [];
  let reads = 0;
  void watchChanges({
    read() {
      reads += 1;
      if (source.isBroken) throw new Error('half written');
      return source.value;
    },
    isInUse: (value) => value === used.at(-1),
    use: async (value) => {
      if (value === 'refused') throw new Error('refused');
      used.push(value);
      await Promise.resolve();
    },
    onFault: ({ message }) => faults.push(message),
    signal: stop.signal,
    everyMs: 1,
  });
  const afterReads = (count: number): Promise<true> => {
    const before = reads;
    return waitFor(() => (reads >= before + count ? true : undefined));
  };
  await afterReads(3);
  source.isBroken = true;
  await afterReads(3);
  Object.assign(source, { value: 'refused', isBroken: false });
  await afterReads(3);
  source.value = 'second';
  await afterReads(3);
  expect({ used, faults }).toEqual({ used: ['first', 'second'], faults: ['half written', 'refused'] });
  stop.abort();
  const atEnd = reads;
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  expect(reads).toBeLessThanOrEqual(atEnd + 1);
});
