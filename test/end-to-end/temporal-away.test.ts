/** A Temporal that is away while transfers are under way. */
import { openSite, type Site } from './site';
import { hold, messagesOf, pictures } from './under-way';

let site: Site;

beforeAll(async () => {
  site = await openSite();
  await site.worker('one', 'a').start();
}, 120_000);
afterAll(() => site.close());

test('While Temporal is away every command says so in a sentence and ends with 4; when it is back all goes on by itself.', async () => {
  const files = await pictures(site, 'away', [1000, 40_000, 900_000, 1000]);
  const held = await hold(site, 3000, 4);
  const sending = site.ferry('send', ...files, '--json');
  await held.underWay(2);
  const { documents } = await site.ferry('list', '--limit', '1', '--json');
  const transferId = documents[0]!['transferId'] as string;
  site.temporal?.signal('SIGKILL');
  await site.temporal?.gone();
  const [late = ''] = await pictures(site, 'late', [1000]);
  const commands = [['status'], ['status', transferId], ['list'], ['send', late], ['watch', transferId]];
  for (const command of commands) {
    const { code, stderr } = await site.ferry(...command);
    expect({ command, code }).toEqual({ command, code: 4 });
    expect(stderr).toContain('Transfers are safe and go on when it is back.');
    expect(stderr).not.toMatch(/^ +at |Error:/m);
  }
  await site.temporal?.start();
  // It had begun to follow before, and has followed on.
  const { code, documents: receipts } = await sending;
  expect(code).toBe(0);
  expect(receipts.map(({ type }) => type as string)).toEqual(files.map(() => 'receipt'));
  expect(await messagesOf(site, receipts)).toEqual(files.map(() => 1));
}, 120_000);
