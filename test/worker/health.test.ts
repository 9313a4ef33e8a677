/** What probes are told about `ferry worker`, as a process of its own. */
import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../src/engine';
import { livePage, readyPage } from '../../src/worker/health';
import { waitFor } from '../support/wait-for';
import { makeSite, type Site } from './worker-process';

let site: Site;
let address: string;

beforeEach(async () => {
  site = await makeSite();
  address = `127.0.0.1:${await freePort()}`;
}, 120_000);

afterEach(() => site.end());

interface Ready {
  readonly ready: boolean;
  readonly checks: readonly { readonly check: string; readonly ok: boolean; readonly reason: string | null }[];
}

async function ready(): Promise<{ status: number; failed: readonly string[] }> {
  const answer = await fetch(`http://${address}/readyz`);
  const { checks } = (await answer.json()) as Ready;
  return { status: answer.status, failed: checks.filter(({ ok }) => !ok).map(({ check }) => check) };
}

/** Polls until the worker is in trouble with exactly these checks; none: until it is ready. */
const readyBut = (...failed: readonly string[]): Promise<true> =>
  waitFor(async () => {
    const now = await ready().catch(() => null);
    const wanted = { status: failed.length === 0 ? 200 : 503, failed };
    return now !== null && JSON.stringify(now) === JSON.stringify(wanted) ? true : undefined;
  }, 30_000);

test('A worker is alive at once, and ready only while Temporal, receipts and seal key are there.', async () => {
  const keyFile = join(site.directory, 'seal.key');
  const config = join(site.directory, 'config.toml');
  await writeFile(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 });
  await writeFile(config, `sealKeyFile = "seal.key"\nhealthAddress = "${address}"\n`, { mode: 0o600 });
  const env = { FERRY_SEAL_KEY: '', FERRY_CONFIG: config, XDG_STATE_HOME: site.directory };
  site.startWorker({ env });
  await readyBut('temporal');
  expect((await fetch(`http://${address}/livez`)).status).toBe(200);

  const server = await site.startServer();
  await readyBut();
  await rename(keyFile, `${keyFile}.away`);
  await readyBut('sealKey');
  await rename(`${keyFile}.away`, keyFile);
  const receipts = join(site.directory, 'ferry/receipts');
  await rm(receipts, { recursive: true });
  await writeFile(receipts, '');
  await readyBut('receipts');
  await rm(receipts);
  await readyBut('receipts');

  process.kill(server.pid, 'SIGKILL');
  await waitFor(async () => ((await ready()).failed.includes('temporal') ? true : undefined), 30_000);
  expect((await fetch(`http://${address}/livez`)).status).toBe(200);
}, 120_000);

test('A worker whose health address is in use does not start, and the message names the address.', async () => {
  const other = createServer().listen(Number(address.split(':')[1]), '127.0.0.1');
  try {
    const worker = site.startWorker({ args: ['--health', address] });
    expect(await worker.ended).toBe(2);
    expect(worker.said.stdout).toContain('PORT_BUSY');
    expect(worker.said.stdout).toContain(address);
  } finally {
    other.close();
  }
}, 60_000);

test('A process whose event loop stood still for 5 seconds is not alive.', async () => {
  const page = async (ms: number) => (await livePage({ worstMs: () => ms, stop: () => undefined })).status;
  expect(await page(4999)).toBe(200);
  expect(await page(5000)).toBe(503);
});

test('A probe that comes while the checks run gets the result of checks that began after it came.', async () => {
  let rounds = 0;
  let ok = false;
  const page = readyPage(() => ({
    checks: async () => {
      rounds += 1;
      return [{ check: 'temporal', ok, reason: null }];
    },
  }));
  const first = page();
  ok = true;
  const later = [page(), page(), page()];
  expect((await first).status).toBe(503);
  expect((await Promise.all(later)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(rounds).toBe(2);
});
