/** Hosts whose own clocks are ten minutes off, to either side; the clocks of services are in clocks.test.ts. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../support/wait-for';
import type { Document } from './machine';
import { openSite, type Site } from './site';
import { messagesOf, pictures } from './under-way';

const TEN_MINUTES_MS = 600_000;
const HOSTS = { ahead: TEN_MINUTES_MS, behind: -TEN_MINUTES_MS } as const;
type Host = keyof typeof HOSTS;

const PRELOADED = ['../chaos/kit/stepped-clock.cjs', 'other-boot.cjs'].map((name) => join(__dirname, name));

let site: Site;
beforeAll(async () => {
  site = await openSite();
  for (const host of ['ahead', 'behind'] as const) {
    await writeFile(clockOf(host), String(HOSTS[host]));
    onHost(host);
    await site.worker(host, host).start();
  }
}, 120_000);
afterAll(() => site.close());

const clockOf = (host: Host): string => join(site.directory, `clock-${host}`);

/** What is started from now on runs on this host: by its clock, as a process of another machine. */
function onHost(host: Host): void {
  Object.assign(site.env, {
    NODE_OPTIONS: PRELOADED.map((path) => `--require ${JSON.stringify(path)}`).join(' '),
    CHAOS_CLOCK_FILE: clockOf(host),
    FERRY_HOST_ID: host,
  });
}

async function send(host: Host, files: readonly string[], ...more: readonly string[]): Promise<readonly Document[]> {
  onHost(host);
  const { code, documents, stderr } = await site.ferry('send', ...files, ...more, '--json');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return documents;
}

test('The hosts know a time that is ten minutes off.', async () => {
  const said = Object.keys(HOSTS).map(async (host) => {
    const [line = ''] = (await site.logOf(host)).split('\n');
    return Math.round((Date.parse((JSON.parse(line) as { time: string }).time) - Date.now()) / TEN_MINUTES_MS);
  });
  expect(await Promise.all(said)).toEqual([1, -1]);
});

test.each(['ahead', 'behind'] as const)(
  'What a host sends whose clock is ten minutes %s arrives once, and is fetched back.',
  async (host) => {
    const files = await pictures(site, host, [1000, 30_000, 400_000]);
    const out = join(site.directory, `out-${host}`);
    const receipts = await send(host, files, '--fetch-to', out);
    expect(await messagesOf(site, receipts)).toEqual([1, 1, 1]);
    const again = await send(host, files, '--fetch-to', out);
    expect(again.map(({ repeated }) => repeated as boolean)).toEqual([true, true, true]);
    expect(await messagesOf(site, receipts)).toEqual([1, 1, 1]);
    expect((await readFile(join(out, `${host}-2.jpg`))).equals(await readFile(files[2]!))).toBe(true);
  },
  60_000,
);

/** Longer than the time after which a silent lock of another host is broken. */
const HELD_MS = 20_000;

test('A target that a host fetches to is left alone by a host whose clock is twenty minutes behind.', async () => {
  const shared = join(site.directory, 'shared');
  await mkdir(shared);
  const files = await pictures(site, 'shared', [50_000, 60_000]);
  // The command prints receipts in the order in which the transfers end.
  const receipts = await send('ahead', files);
  const [first, second] = files.map((file) => receipts.find(({ source }) => source === file)!);
  const target = join(shared, 'target.jpg');
  const before = (await site.view.requests()).length;
  await site.view.addFault({ at: 'get', do: { delayMs: HELD_MS }, times: 1 });
  onHost('ahead');
  const holding = site.ferry('fetch', first!['relativePath'] as string, '--to', target, '--json');
  await waitFor(async () => {
    const since = (await site.view.requests()).slice(before);
    return since.some(({ method, status }) => method === 'GET' && status === undefined) ? true : undefined;
  }, 30_000);
  onHost('behind');
  const { documents } = await site.ferry(
    'fetch',
    second!['relativePath'] as string,
    '--to',
    target,
    '--detach',
    '--json',
  );
  const transferId = documents[0]!['transferId'] as string;
  const status = async (): Promise<Document> => (await site.ferry('status', transferId, '--json')).documents[0]!;
  await waitFor(async () => ((await status())['error']?.code === 'TARGET_BUSY' ? true : undefined));
  expect((await holding).code).toBe(0);
  expect((await status())['state']).not.toBe('done');
  expect((await readFile(target)).equals(await readFile(files[0]!))).toBe(true);
}, 90_000);
