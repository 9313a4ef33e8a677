import { join } from 'node:path';
import { writeJpeg } from './pictures';
import { openSite, type Site } from './site';

let site: Site;

beforeAll(async () => {
  site = await openSite();
}, 60_000);
afterAll(() => site.close());

test('A worker that is frozen in the middle of workflow code goes on when it wakes.', async () => {
  site.env['NODE_OPTIONS'] = `--require ${join(__dirname, 'slow-workflow.cjs')}`;
  const worker = site.worker('one', 'a');
  delete site.env['NODE_OPTIONS'];
  await worker.start();
  let hasEnded = false;
  void worker.gone().then(() => (hasEnded = true));
  const file = join(site.directory, 'plan.jpg');
  await writeJpeg(file);
  const { code } = await site.ferry('send', file, '--json');
  expect({ code, hasEnded }).toEqual({ code: 0, hasEnded: false });
  await expect(site.view.messages()).resolves.toHaveLength(1);
}, 120_000);
