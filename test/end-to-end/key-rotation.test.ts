/** Keys are rotated as docs/configuration.md says, and taken out at the end. */
import { waitFor } from '../support/wait-for';
import { makeSealKey } from '../../src/secrets';
import { openSite, type Site } from './site';
import { pictures } from './under-way';

let site: Site;
beforeAll(async () => {
  site = await openSite(['payloads = "sealed"']);
}, 120_000);
afterAll(() => site.close());

const old = { seal: makeSealKey(), payload: makeSealKey() };
const newest = { seal: makeSealKey(), payload: makeSealKey() };

function useKeys(...ring: readonly (typeof old)[]): void {
  site.env['FERRY_SEAL_KEY'] = ring.map(({ seal }) => seal).join(' ');
  site.env['FERRY_PAYLOAD_KEY'] = ring.map(({ payload }) => payload).join(' ');
}

/** Sends a picture through a worker of its own; where it went. */
async function sendThrough(name: string, until?: (log: string) => boolean): Promise<unknown> {
  const worker = site.worker(name, 'a');
  await worker.start();
  const [file = ''] = await pictures(site, name, [1000]);
  const { code, stderr, documents } = await site.ferry('send', file, '--timeout', '60s', '--json');
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  if (until !== undefined) await waitFor(async () => (until(await site.logOf(name)) ? true : undefined), 30_000);
  worker.signal('SIGTERM');
  await worker.gone();
  return documents[0]!['conversationId'];
}

test('A consumer from before a key rotation keeps its conversation when the old keys are gone.', async () => {
  useKeys(old);
  const before = await sendThrough('before');
  useKeys(newest, old);
  expect(await sendThrough('rotating', (log) => log.includes('sealed with the newest key'))).toBe(before);
  useKeys(newest);
  expect(await sendThrough('after')).toBe(before);
}, 180_000);
