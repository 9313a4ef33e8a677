import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../src/cli/program/run';
import { makeSealKey, parseSealKeys } from '../../../src/secrets';
import { ownDirectory } from '../../ledger/support';
import { documents, fakeIo } from '../support/fake-io';

const site = ownDirectory();
const NOW = Date.parse('2026-12-01T00:00:00.000Z');
const old = makeSealKey();
const oldId = parseSealKeys(old)[0]!.id;

async function keys(words: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const directory = site.path();
  const config = join(directory, 'ferry.toml');
  await writeFile(config, 'sealKeyFile = "seal.key"\n');
  const env = { HOME: directory, XDG_STATE_HOME: join(directory, 'state'), FERRY_CONFIG: config, ...more };
  const io = fakeIo({ env, now: () => NOW });
  const code = await run(['keys', ...words, '--json'], io);
  return { code, documents: documents(io) };
}

async function keyFile(): Promise<string> {
  const path = join(site.path(), 'seal.key');
  await writeFile(path, `${old}\n`, { mode: 0o600 });
  return path;
}

test('rotate puts a new key first, for its owner alone, and keeps the request on record.', async () => {
  const path = await keyFile();
  const { code, documents: said } = await keys(['rotate', '--by', 'ann', '--why', 'yearly']);
  const keyId = said[0]?.['keyId'] as string;
  expect([code, said]).toEqual([0, [{ type: 'status', v: 1, file: path, keyId, seals: true }]]);
  expect(parseSealKeys(await readFile(path, 'utf8')).map(({ id, madeAt }) => [id, madeAt])).toEqual([
    [keyId, '2026-12-01T00:00:00.000Z'],
    [oldId, null],
  ]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const audit = await readFile(join(site.path(), 'state/ferry/audit/2026-12.jsonl'), 'utf8');
  expect(JSON.parse(audit)).toMatchObject({ action: 'rotateSealKey', keyId, by: 'ann', why: 'yearly' });
  expect(audit).not.toContain(old);
});

test('For several hosts a key first only opens, and then seals.', async () => {
  const path = await keyFile();
  const order = async (): Promise<string[]> => parseSealKeys(await readFile(path, 'utf8')).map(({ id }) => id);
  const keyId = (await keys(['rotate', '--open-only'])).documents[0]?.['keyId'] as string;
  expect(await order()).toEqual([oldId, keyId]);
  expect((await keys(['rotate', '--to', keyId])).code).toBe(0);
  expect(await order()).toEqual([keyId, oldId]);
});

test('A link to the key file stays a link.', async () => {
  await writeFile(join(site.path(), 'data'), `${old}\n`, { mode: 0o600 });
  await symlink('data', join(site.path(), 'seal.key'));
  expect((await keys(['rotate'])).code).toBe(0);
  expect(parseSealKeys(await readFile(join(site.path(), 'data'), 'utf8'))).toHaveLength(2);
});

test.each([
  { words: ['rotate', '--to', 'ffffffff'], says: 'has no key' },
  { words: ['rotate', '--to', oldId, '--open-only'], says: 'not both' },
  { words: ['rotate'], env: { FERRY_SEAL_KEY: old }, says: 'FERRY_SEAL_KEY' },
])('ferry keys $words is refused, and changes nothing.', async ({ words, env, says }) => {
  const path = await keyFile();
  const { code, documents: said } = await keys(words, env);
  expect([code, JSON.stringify(said)]).toEqual([2, expect.stringContaining(says)]);
  expect(await readFile(path, 'utf8')).toBe(`${old}\n`);
});

test('A key file that others may read is refused.', async () => {
  await chmod(await keyFile(), 0o644);
  const { code, documents: said } = await keys(['rotate']);
  expect([code, said]).toEqual([
    2,
    [expect.objectContaining({ error: expect.objectContaining({ code: 'CONFIG_INVALID' }) as object })],
  ]);
});
