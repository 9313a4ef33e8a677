import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { JournalFile } from '../journal';
import { sharedRun } from '../shared-run';
import { atCleanUp, cleanUp, ownDirectory } from './support/sandbox';

afterEach(cleanUp);

async function journalIn(path: string) {
  const entries: unknown[] = [];
  const journal = await JournalFile.open(path, (entry) => entries.push(entry));
  atCleanUp(() => journal.close().catch(() => undefined));
  return { journal, entries };
}

test('what was appended is read again, in order', async () => {
  const path = join(await ownDirectory(), 'journal.jsonl');
  const { journal } = await journalIn(path);
  const wanted = Array.from({ length: 500 }, (_, number) => ({ number, text: 'é\n'.repeat(number % 7) }));
  await Promise.all(wanted.map((entry) => journal.append(entry)));
  await journal.close();
  expect((await journalIn(path)).entries).toEqual(wanted);
});

test.each(['{"n":', '{"n":3}', 'garbage\nmore', '\0\0\0\0'])(
  'a torn tail (%j) is dropped and overwritten',
  async (tail) => {
    const path = join(await ownDirectory(), 'journal.jsonl');
    await writeFile(path, '{"n":1}\n{"n":2}\n');
    await appendFile(path, tail);
    const { journal, entries } = await journalIn(path);
    expect(entries).toEqual([{ n: 1 }, { n: 2 }]);
    await journal.append({ n: 4 });
    expect(await readFile(path, 'utf8')).toBe('{"n":1}\n{"n":2}\n{"n":4}\n');
  },
);

test('damage before entries that were acknowledged is refused, not passed over', async () => {
  const path = join(await ownDirectory(), 'journal.jsonl');
  await writeFile(path, '{"n":1}\nxxx\n{"n":3}\n');
  await expect(journalIn(path)).rejects.toThrow(/is damaged at byte 8/);
});

test('lines longer than a read are put together', async () => {
  const path = join(await ownDirectory(), 'journal.jsonl');
  const { journal } = await journalIn(path);
  const long = { text: 'x'.repeat(3_000_000) };
  await Promise.all([journal.append(long), journal.append({ n: 2 })]);
  await journal.close();
  expect((await journalIn(path)).entries).toEqual([long, { n: 2 }]);
});

test('callers that come while a run is under way share the next one, and none is served by a run begun before it', async () => {
  let begun = 0;
  const gates: (() => void)[] = [];
  const run = sharedRun(async () => {
    begun += 1;
    await new Promise<void>((resolve) => gates.push(resolve));
  });
  const first = run();
  const others = [run(), run(), run()];
  expect(begun).toBe(1);
  gates[0]?.();
  await first;
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toBe(2);
  gates[1]?.();
  await Promise.all(others);
  expect(begun).toBe(2);
});

test('a run that fails fails its own callers alone', async () => {
  let runs = 0;
  const run = sharedRun(async () => {
    runs += 1;
    await Promise.resolve();
    if (runs === 1) throw new Error('first');
  });
  const [first, second] = await Promise.allSettled([run(), run()]);
  expect([first?.status, second?.status]).toEqual(['rejected', 'fulfilled']);
});
