import { statfs } from 'node:fs/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDoctor } from '../../../src/cli/doctor/run';
import { documents, fakeIo } from '../support/fake-io';
import { environmentOf } from '../support/plan';

jest.mock('node:fs/promises', () => {
  const actual = jest.requireActual<{ statfs: typeof statfs }>('node:fs/promises');
  return { ...actual, statfs: jest.fn(actual.statfs) };
});

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ferry-doctor-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('A certificate authority that cannot be read is one problem among the others, with its remedy', async () => {
  const account = ['accountId = "12345678"', 'domain = "127.0.0.1:1"', 'caFile = "nowhere.pem"'];
  writeFileSync(join(home, 'ferry.toml'), ['[accounts.acme]', ...account].join('\n'));
  const io = fakeIo({ env: { HOME: home, FERRY_CONFIG: join(home, 'ferry.toml') }, cwd: home });
  expect(await runDoctor(environmentOf(io, true), {})).toBe(3);
  const found = documents(io).map(({ check, result, message }) => ({ check, result, message }));
  const told = found.filter(({ message }) => String(message).includes('nowhere.pem'));
  expect(told).toEqual([
    { check: 'authority', result: 'no', message: expect.stringContaining('caFile of account acme') },
  ]);
  expect(found).toContainEqual(expect.objectContaining({ check: 'configuration', result: 'ok' }));
});

test.each([
  ['an API key of OAuth 1.0', '{"appKey":"a","secret":"b","accessToken":"c","accessTokenSecret":"d"}', ['warn']],
  ['an OAuth 2.0 client', '{"clientId":"a","clientSecret":"b"}', []],
])('A login by %s is told as LivePerson sees it: %s', async (_kind, key, results) => {
  const login = 'login = { username = "bot", apiKeyFile = "key.json" }';
  writeFileSync(join(home, 'key.json'), key, { mode: 0o600 });
  const account = ['[accounts.acme]', 'accountId = "12345678"', 'domain = "127.0.0.1:1"', login];
  writeFileSync(join(home, 'ferry.toml'), account.join('\n'));
  const io = fakeIo({ env: { HOME: home, FERRY_CONFIG: join(home, 'ferry.toml') }, cwd: home });
  await runDoctor(environmentOf(io, true), {});
  const found = documents(io).filter(({ check }) => check === 'login key');
  expect(found.map(({ result }) => result)).toEqual(results);
});

test('A full disk is a problem, for transfers stop when nothing can be written.', async () => {
  jest.mocked(statfs).mockResolvedValueOnce({ bavail: 10, bsize: 4096 } as never);
  const io = fakeIo({ env: { HOME: home, FERRY_CONFIG: join(home, 'ferry.toml') }, cwd: home });
  writeFileSync(join(home, 'ferry.toml'), '[accounts.acme]\naccountId = "12345678"\ndomain = "127.0.0.1:1"\n');
  expect(await runDoctor(environmentOf(io, true), {})).toBe(3);
  expect(documents(io)).toContainEqual(
    expect.objectContaining({ check: 'disk', result: 'no', message: expect.stringContaining('only 41 kB free') }),
  );
});
