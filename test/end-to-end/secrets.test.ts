import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '../support/sdk-internals';
import { SANDBOX_API_KEY } from '../../sandbox/messaging';
import { openMachine, type Machine, type Up } from './machine';
import { writeJpeg } from './pictures';

let machine: Machine;
let up: Up;

beforeAll(async () => {
  machine = await openMachine();
  // Keys that stand nowhere else, in place of a password that is an everyday word.
  await (await machine.up()).stop();
  const keyFile = join(machine.stateDir, 'api-key.json');
  const { appKey, secret, accessToken, accessTokenSecret } = SANDBOX_API_KEY;
  await writeFile(keyFile, JSON.stringify({ appKey, secret, accessToken, accessTokenSecret }), { mode: 0o600 });
  const toml = join(machine.stateDir, 'ferry.toml');
  const login = `login = { username = "ops", apiKeyFile = ${JSON.stringify(keyFile)} }`;
  await writeFile(toml, (await readFile(toml, 'utf8')).replace(/^login = .*$/m, login));
  up = await machine.up('--url-life', '2');
}, 120_000);
afterAll(() => machine.close());

async function filesBelow(directory: string): Promise<{ path: string; bytes: Buffer }[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return { path, bytes: await readFile(path) };
      }),
  );
}

async function histories(): Promise<string[]> {
  const connection = await Connection.connect({ address: up.info.temporalAddress });
  try {
    const client = new Client({ connection, namespace: up.info.namespace });
    const found: string[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const json = historyToJSON(history);
      // Payloads stand in the JSON as base64: what they hold must be looked at, not how it is written.
      const decoded = [...json.matchAll(/"data": ?"([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
        Buffer.from(data!, 'base64').toString(),
      );
      found.push(json, ...decoded);
    }
    return found;
  } finally {
    await connection.close();
  }
}

test('No password, key, token, signature or seal key stands in history, database, logs or output.', async () => {
  await up.fault('put', { delayMs: 2500 }, 1);
  const path = await writeJpeg(join(machine.directory, 'plan.jpg'));
  const sent = await machine.ferry(['send', path, '--fetch-to', join(machine.directory, 'out'), '--json']);
  expect(sent.code).toBe(0);
  expect(sent.documents[0]!['urlRenewals']).toBeGreaterThanOrEqual(1);
  const status = await machine.ferry(['status', sent.documents[0]!['transferId'] as string, '--json']);
  await up.stop();

  const places = [
    ...(await filesBelow(join(machine.stateDir, 'temporal'))),
    ...(await filesBelow(join(machine.stateDir, 'logs'))),
    ...[sent.stdout, sent.stderr, status.stdout].map((text) => ({ path: 'output', bytes: Buffer.from(text) })),
  ];
  expect(places.some(({ path: name }) => name.endsWith('.db'))).toBe(true);
  const sealKey = (await readFile(join(machine.stateDir, 'seal.key'), 'utf8')).trim();
  const { appKey, secret, accessToken, accessTokenSecret } = SANDBOX_API_KEY;
  const canaries = [
    appKey,
    secret,
    accessToken,
    accessTokenSecret,
    sealKey,
    Buffer.from(sealKey, 'base64'),
    'temp_url_sig',
  ];
  for (const { path: name, bytes } of places) {
    for (const canary of canaries) expect({ name, found: bytes.includes(canary) }).toEqual({ name, found: false });
    expect({ name, token: /eyJ[\w-]{10,}\.eyJ/.exec(bytes.toString('latin1'))?.[0] }).toEqual({
      name,
      token: undefined,
    });
  }
}, 120_000);

test('A history as JSON holds sealed values only, and the rest of it can be read.', async () => {
  up = await machine.up();
  const texts = await histories();
  const all = texts.join('\n');
  expect(all).toContain('plan.jpg');
  expect(all).toMatch(/f1\.[0-9a-f]+\./);
  expect(all).not.toMatch(/temp_url_sig|eyJ[\w-]{10,}\.eyJ/);
  for (const canary of Object.values(SANDBOX_API_KEY).filter((value) => value !== 'ops'))
    expect(all).not.toContain(canary);
}, 120_000);
