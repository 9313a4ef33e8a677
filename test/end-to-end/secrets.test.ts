import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { SANDBOX_API_KEY } from '../../sandbox/messaging';
import { textsIn } from '../support/texts-in';
import { unsealForDisplay } from '../../src/codec';
import { parseSealKeys } from '../../src/secrets';
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

interface Seen {
  /** As anybody sees the histories who reaches Temporal. */
  readonly inClear: string;
  /** What the owner's key opens. */
  readonly opened: string;
}

async function histories(): Promise<Seen> {
  const keys = parseSealKeys(await readFile(join(machine.stateDir, 'payload.key'), 'utf8'));
  const connection = await Connection.connect({ address: up.info.temporalAddress });
  const { namespace } = up.info;
  const service = connection.workflowService;
  try {
    const { executions } = await service.listWorkflowExecutions({ namespace });
    const inClear: string[] = [];
    const opened: string[] = [];
    for (const { execution } of executions) {
      const { history } = await service.getWorkflowExecutionHistory({ namespace, execution: execution ?? {} });
      const text = textsIn(history, (payload) => {
        opened.push(Buffer.from(unsealForDisplay(keys, payload)?.data ?? []).toString());
      });
      inClear.push(text);
    }
    return { inClear: inClear.join('\n'), opened: opened.join('\n') };
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

test('A history shows nothing in clear, and with the key everything but what is sealed once more.', async () => {
  up = await machine.up();
  const { inClear, opened } = await histories();
  expect(inClear).toContain('requestUploadUrl');
  expect(inClear).not.toContain('plan.jpg');
  expect(opened).toContain('plan.jpg');
  expect(opened).toMatch(/f1\.[0-9a-f]+\./);
  for (const text of [inClear, opened]) {
    expect(text).not.toMatch(/temp_url_sig|eyJ[\w-]{10,}\.eyJ/);
    for (const canary of Object.values(SANDBOX_API_KEY).filter((value) => value !== 'ops'))
      expect(text).not.toContain(canary);
  }
}, 120_000);
