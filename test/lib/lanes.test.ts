import { inLanes, mapInLanes } from '../../src/lib/lanes';
import { turn } from './support';

test('No more items run at once than there are lanes, and they start in order', async () => {
  const started: number[] = [];
  let running = 0;
  let most = 0;
  await inLanes([0, 1, 2, 3, 4, 5, 6], 3, async (item) => {
    started.push(item);
    running += 1;
    most = Math.max(most, running);
    await turn();
    running -= 1;
  });
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(most).toBe(3);
});

test('After a failure no other item is started, and the failure is thrown', async () => {
  const started: number[] = [];
  const run = inLanes([0, 1, 2, 3, 4], 2, async (item) => {
    started.push(item);
    await turn();
    if (item === 0) throw new Error('first');
  });
  await expect(run).rejects.toThrow('first');
  await turn();
  expect(started.length).toBeLessThanOrEqual(3);
  const seen = started.length;
  await turn();
  expect(started).toHaveLength(seen);
});

test('Once the signal has fired nothing is started', async () => {
  const aborter = new AbortController();
  const started: number[] = [];
  const work = async (item: number): Promise<void> => {
    started.push(item);
    if (item === 1) aborter.abort();
  };
  await inLanes([0, 1, 2, 3], 1, work, { signal: aborter.signal });
  expect(started).toEqual([0, 1]);
});

test('Room is waited for before each start', async () => {
  let rooms = 0;
  const room = async (): Promise<void> => void (rooms += 1);
  const seen: number[] = [];
  await inLanes(['a', 'b', 'c'], 1, async () => void seen.push(rooms), { room });
  expect(seen).toEqual([1, 2, 3]);
  // A lane that finds nothing to do has not waited.
  expect(rooms).toBe(3);
});

test('Results come in the order of the items, whichever is ready first', async () => {
  const waits = [3, 1, 2, 0];
  const map = async (turns: number): Promise<string> => {
    for (let i = 0; i < turns; i += 1) await turn();
    return `after ${turns}`;
  };
  expect(await mapInLanes(waits, 4, map)).toEqual(['after 3', 'after 1', 'after 2', 'after 0']);
  expect(await mapInLanes([], 4, map)).toEqual([]);
});
