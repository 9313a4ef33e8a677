/** A seal key is rotated and retired with the command line while transfers run: none of them waits. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSealKey, parseSealKeys } from '../../src/secrets';
import { waitFor } from '../support/wait-for';
import type { Document } from './machine';
import { laterAttempts } from './later-attempts';
import { openSite, type Site } from './site';
import { hold, messagesOf, pictures } from './under-way';

let site: Site;
beforeAll(async () => {
  site = await openSite(['sealKeyFile = "seal.key"']);
  delete site.env['FERRY_SEAL_KEY'];
}, 60_000);
afterAll(() => site.close());

async function keys(...words: readonly string[]): Promise<{ code: number; said: Document }> {
  const { code, documents } = await site.ferry('keys', ...words, '--json');
  return { code, said: documents[0]! };
}

function refused(because: string): object {
  return { code: 3, said: { error: { code: 'SEAL_KEY_NEEDED', message: expect.stringContaining(because) as string } } };
}

/** The configuration of a host that has got the newer key before the worker. */
async function copyWithNewerKey(oldKey: string): Promise<string> {
  await writeFile(join(site.directory, 'other.key'), `${makeSealKey()}\n${oldKey}\n`, { mode: 0o600 });
  const config = join(site.directory, 'other.toml');
  const text = await readFile(site.env['FERRY_CONFIG']!, 'utf8');
  await writeFile(config, text.replace('seal.key', 'other.key'));
  return config;
}

test('A seal key that is in use is rotated and retired, and refused to retire while a consumer needs it.', async () => {
  const keyFile = join(site.directory, 'seal.key');
  const oldKey = makeSealKey();
  const oldId = parseSealKeys(oldKey)[0]!.id;
  await writeFile(keyFile, `${oldKey}\n`, { mode: 0o600 });
  const worker = site.worker('worker', 'a');
  await worker.start();
  const [before = '', during = '', after = ''] = await pictures(site, 'plan', [1000, 200_000, 1000]);
  const send = (file: string) => site.ferry('send', file, '--json', '--timeout', '90s');
  const first = await send(before);

  const uploads = await hold(site, 30_000, 1);
  const sending = send(during);
  await uploads.underWay(1);
  expect(await keys('retire', oldId)).toMatchObject(refused('it is the key that seals'));
  const otherHost = await copyWithNewerKey(oldKey);
  expect(await keys('retire', oldId, '--config', otherHost)).toMatchObject(refused('1 consumer has a token'));
  const { said: rotated } = await keys('rotate', '--why', 'a test');
  const newId = rotated['keyId'] as string;
  const list = async () => (await keys('list')).said['keys'] as Document[];
  await waitFor(
    async () => ((await list()).some(({ keyId, consumers }) => keyId === newId && consumers === 1) ? true : undefined),
    40_000,
  );
  site.env['FERRY_HOST_ID'] = 'b';
  expect((await keys('list')).said['otherHosts']).toEqual(['a']);
  site.env['FERRY_HOST_ID'] = 'a';
  const said = { keyId: oldId, retired: true, otherHosts: [] };
  expect(await keys('retire', oldId)).toMatchObject({ code: 0, said });
  await waitFor(
    async () => ((await site.logOf('worker')).match(/The seal keys have changed/g)?.length === 2 ? true : undefined),
    20_000,
  );
  expect(parseSealKeys(await readFile(keyFile, 'utf8')).map(({ id }) => id)).toEqual([newId]);
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600);

  const [second, third] = [await sending, await send(after)];
  expect([first.code, second.code, third.code]).toEqual([0, 0, 0]);
  const receipts = [first, second, third].map(({ documents }) => documents[0]!);
  expect(await messagesOf(site, receipts)).toEqual([1, 1, 1]);
  expect(new Set(receipts.map(({ conversationId }) => conversationId as string)).size).toBe(1);
  expect(await site.withClient((client) => laterAttempts(client, receipts))).toEqual([]);
  expect((await site.ferry('receipts', 'verify')).code).toBe(0);

  worker.signal('SIGTERM');
  await worker.gone();
  await keys('rotate');
  expect(await keys('retire', newId)).toMatchObject(refused('1 consumer could not be asked'));
}, 180_000);
