/** A worker that freezes with its polls open, and wakes up when another has done its work. */
import { waitFor } from '../support/wait-for';
import { openSite, type Site } from './site';
import { hold, messagesOf, pictures } from './under-way';

let site: Site;
beforeAll(async () => {
  site = await openSite();
}, 120_000);
afterAll(() => site.close());

/** Three times as long as a heartbeat may be missed: all that it had is tried again elsewhere. */
const FROZEN_MS = 45_000;

test('Of two workers of a host, one that is frozen for 45 s in mid-upload publishes nothing again when it wakes.', async () => {
  const frozen = site.worker('frozen', 'a');
  const other = site.worker('other', 'a');
  await Promise.all([frozen.start(), other.start()]);
  const files = await pictures(site, 'held', Array<number>(8).fill(100_000));
  const held = await hold(site, 10_000, files.length);
  const sending = site.ferry('send', ...files, '--json');
  // A worker moves four files at once, so both have some, however they share them.
  await held.underWay(5);
  frozen.signal('SIGSTOP');
  const frozenAt = performance.now();
  const { code, documents } = await sending;
  expect(code).toBe(0);
  await waitFor(() => Promise.resolve(performance.now() - frozenAt >= FROZEN_MS ? true : undefined), FROZEN_MS);
  frozen.signal('SIGCONT');
  other.signal('SIGTERM');
  await other.gone();
  // What it had when it froze comes before what it is given now.
  const [late = ''] = await pictures(site, 'late', [1000]);
  const { documents: lateReceipts } = await site.ferry('send', late, '--json');
  expect(await messagesOf(site, [...documents, ...lateReceipts])).toEqual([...files, late].map(() => 1));
}, 150_000);
