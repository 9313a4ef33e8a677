/** Workers that are restarted in order while transfers are under way. */
import { join } from 'node:path';
import type { Part } from '../chaos/kit/processes';
import { waitFor } from '../support/wait-for';
import { openSite, type Site } from './site';
import { hold, messagesOf, pictures, startOne, timedOutAttempts } from './under-way';

let site: Site;
let one: Part;
let other: Part;

beforeAll(async () => {
  site = await openSite();
  one = site.worker('one', 'a');
  other = site.worker('other', 'a');
  await Promise.all([one.start(), other.start()]);
}, 120_000);
afterAll(() => site.close());

/** Tells it to end and waits; milliseconds. */
async function stop(part: Part): Promise<number> {
  const toldAt = performance.now();
  part.signal('SIGTERM');
  await part.gone();
  return performance.now() - toldAt;
}

test('A rolling restart of two workers of a host loses and doubles nothing, and no attempt is missed by its timeout.', async () => {
  const sizes = Array.from({ length: 40 }, (_, index) => [1000, 30_000, 400_000, 3_000_000][index % 4]!);
  const files = await pictures(site, 'rolling', sizes);
  // The first outlasts the grace time of its worker, whichever that is: it is broken off and handed over.
  const held = await hold(site, 30_000, 1);
  await hold(site, 500, 30);
  const sending = site.ferry('send', ...files, '--fetch-to', join(site.directory, 'rolled'), '--json');
  await held.underWay(2);
  for (const worker of [one, other]) {
    expect(await stop(worker)).toBeLessThan(15_000);
    await worker.start();
  }
  const { code, documents } = await sending;
  expect({ code, types: new Set(documents.map(({ type }) => type as string)) }).toEqual({
    code: 0,
    types: new Set(['receipt']),
  });
  expect(await messagesOf(site, documents)).toEqual(files.map(() => 1));
  expect(await timedOutAttempts(site, documents)).toEqual([]);
}, 120_000);

test('A second SIGTERM ends a worker at once, and the next one finishes.', async () => {
  const worker = site.worker('hasty', 'hasty');
  await worker.start();
  const held = await hold(site, 20_000, 1);
  const { transferId } = await startOne(site, 'hasty', '--host', 'hasty');
  await held.underWay(1);
  worker.signal('SIGTERM');
  await waitFor(async () => ((await site.logOf('hasty')).includes('draining') ? true : undefined));
  expect(worker.isAlive()).toBe(true);
  expect(await stop(worker)).toBeLessThan(8000);
  await site.view.clearFaults();
  await worker.start();
  const { code, documents } = await site.ferry('watch', transferId, '--json');
  expect(code).toBe(0);
  expect(await messagesOf(site, [documents.at(-1)!])).toEqual([1]);
  await stop(worker);
}, 90_000);
