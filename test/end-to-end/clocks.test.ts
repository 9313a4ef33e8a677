import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Document } from './machine';
import { writeJpeg } from './pictures';
import { openSite, type Site } from './site';

const TEN_MINUTES_MS = 600_000;

let site: Site;
beforeAll(async () => {
  site = await openSite();
  await site.worker('worker', 'a').start();
}, 120_000);
afterAll(() => site.close());

async function there(name: string): Promise<Document> {
  const path = await writeJpeg(join(site.directory, `${name}.jpg`), 50_000);
  const out = join(site.directory, 'out');
  const { code, documents } = await site.ferry('send', path, '--consumer', name, '--fetch-to', out, '--json');
  expect({ name, code }).toEqual({ name, code: 0 });
  expect((await readFile(join(out, `${name}.jpg`))).equals(await readFile(path))).toBe(true);
  return documents[0]!;
}

async function linksAskedFor(): Promise<number> {
  return (await site.view.requests()).filter(({ type }) => type?.startsWith('ms.GenerateURL')).length;
}

test.each([
  ['ahead', TEN_MINUTES_MS, /Our clock is (599|600|601|602) s behind that of storage/g],
  ['behind', -TEN_MINUTES_MS, /Our clock is (598|599|600|601) s ahead of that of storage/g],
])(
  'A storage clock that is ten minutes %s does no harm: few links, one warning, and a transfer there and back.',
  async (which, aheadMs, warning) => {
    await site.stepClock(aheadMs);
    const before = await linksAskedFor();
    const first = await there(`${which}-first`);
    const second = await there(`${which}-second`);
    // What was known of the clock before its step costs one link at most; then its answers have told.
    expect(first['urlRenewals']).toBeLessThanOrEqual(1);
    expect(second['urlRenewals']).toBe(0);
    expect((await linksAskedFor()) - before).toBe(4 + first['urlRenewals']);
    expect((await site.logOf('worker')).match(warning)).toHaveLength(1);
  },
  60_000,
);
