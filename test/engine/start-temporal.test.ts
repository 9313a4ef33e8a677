import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import {
  databaseFile,
  endOwnedTemporal,
  findOrFetchTemporal,
  ownedTemporalSpec,
  startTemporal,
  type RunningTemporal,
  type StartTemporalOptions,
} from '../../src/engine';
import { EMBEDDED_NAMESPACE, SEARCH_ATTRIBUTES } from '../../src/contract';
import { isSameProcess } from '../../src/lib/process-identity';
import { testCacheDir } from '../support/temporal';

let binary: string;
let root: string;
const started: RunningTemporal[] = [];

beforeAll(async () => {
  ({ path: binary } = await findOrFetchTemporal({ cacheDir: testCacheDir }));
}, 120_000);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ferry-engine-'));
});

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  rmSync(root, { recursive: true, force: true });
});

async function start(more: Partial<StartTemporalOptions> = {}): Promise<RunningTemporal> {
  const files = { dbFile: join(root, 'temporal.db'), logFile: join(root, 'temporal.log') };
  const server = await startTemporal({ binary, ...files, port: 0, uiPort: null, stopGraceMs: 3_000, ...more });
  started.push(server);
  return server;
}

async function withConnection<T>(address: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

async function retentionDays(address: string): Promise<number> {
  return await withConnection(address, async ({ workflowService }) => {
    const { config } = await workflowService.describeNamespace({ namespace: EMBEDDED_NAMESPACE });
    return Number(config?.workflowExecutionRetentionTtl?.seconds) / 86_400;
  });
}

test('A server that is ready keeps closed workflows for 30 days and knows all search attributes', async () => {
  const server = await start();
  expect(await retentionDays(server.address)).toBe(30);
  const names = await withConnection(server.address, async ({ operatorService }) => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace: EMBEDDED_NAMESPACE });
    return Object.keys(customAttributes);
  });
  expect(names).toEqual(expect.arrayContaining(Object.values(SEARCH_ATTRIBUTES)));
});

test('After kill -9 a new server on the same file and port has the same workflows and settings', async () => {
  const first = await start();
  await withConnection(first.address, async (connection) => {
    const client = new Client({ connection, namespace: EMBEDDED_NAMESPACE });
    const typedSearchAttributes = { FerryAccount: ['acme'] };
    await client.workflow.start('nothing', {
      taskQueue: 'nobody',
      workflowId: 'kept',
      searchAttributes: typedSearchAttributes,
    });
  });
  process.kill(first.pid, 'SIGKILL');
  expect(await first.exited).toBe('was ended by SIGKILL');

  const second = await start({ port: Number(first.address.split(':')[1]) });
  expect(second.address).toBe(first.address);
  expect(await retentionDays(second.address)).toBe(30);
  const found = await withConnection(second.address, async (connection) => {
    const client = new Client({ connection, namespace: EMBEDDED_NAMESPACE });
    return await client.workflow.getHandle('kept').describe();
  });
  expect(found.status.name).toBe('RUNNING');
}, 30_000);

test('A directory whose name means something in a URL has the database file and shares it with no other.', async () => {
  const names = ['run #1', 'what?', 'a%41b'];
  for (const name of names) mkdirSync(join(root, name));
  for (const name of names) await (await start({ dbFile: join(root, name, 'temporal.db') })).stop();
  for (const name of names) expect(readdirSync(join(root, name))).toContain('temporal.db');
  expect(readdirSync(root).toSorted()).toEqual([...names, 'temporal.log'].toSorted());
}, 60_000);

test('The web UI answers on loopback when a port is given for it', async () => {
  const server = await start({ uiPort: 0 });
  expect(server.uiUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const response = await fetch(`${server.uiUrl}/`);
  expect(response.status).toBe(200);
});

const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux('The HTTP API answers nobody, whatever host and origin a request names', async () => {
  const server = await start();
  const grpc = Number(server.address.split(':')[1]);
  const answers = await Promise.all(
    listeningPorts(server.pid)
      .filter((port) => port !== grpc)
      .flatMap((port) => [`127.0.0.1:${port}`, 'evil.example'].map((host) => post(port, host))),
  );
  // oxlint-disable-next-line jest/no-standalone-expect -- onLinux is a test
  expect(answers.filter((status) => status === 403).length).toBeGreaterThan(0);
  // oxlint-disable-next-line jest/no-standalone-expect -- onLinux is a test
  expect(answers.filter((status) => status < 400)).toEqual([]);
});

/** A request that any page in a browser may send: no preflight. 999: the port speaks another protocol. */
function post(port: number, host: string): Promise<number> {
  const path = `/api/v1/namespaces/${EMBEDDED_NAMESPACE}/workflows/stranger`;
  const headers = { host, origin: 'http://evil.example', 'content-type': 'text/plain' };
  const body = JSON.stringify({ workflowType: { name: 'transfer' }, taskQueue: { name: 'ferry' } });
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path, method: 'POST', headers, timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', () => resolve(999));
    asked.on('timeout', () => asked.destroy());
    asked.end(body);
  });
}

/** TCP ports on which this process listens. */
function listeningPorts(pid: number): readonly number[] {
  const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  const inodes = new Set(sockets.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && inodes.has(fields[9]))
    .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '0', 16));
}

test('A port in use is refused before anything is started', async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
  });
  try {
    await expect(start({ port })).rejects.toMatchObject({ code: 'PORT_BUSY' });
  } finally {
    other.close();
  }
});

test('A server that cannot start is reported at once, with its log and the last line of the log', async () => {
  const dbFile = join(root, 'no-such-directory', 'temporal.db');
  const failure = await start({ dbFile }).then(
    () => null,
    (error: unknown) => error as Error,
  );
  expect(failure).toMatchObject({ code: 'ENGINE_FAILED' });
  expect(failure?.message).toContain(join(root, 'temporal.log'));
  expect(failure?.message).toContain('no-such-directory');
});

test('A file that cannot be executed is reported as such', async () => {
  await expect(start({ binary: join(root, 'nothing') })).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
});

test('A proxy in the environment is not used for the embedded server', async () => {
  const names = ['http_proxy', 'https_proxy', 'grpc_proxy'];
  for (const name of names) process.env[name] = 'http://127.0.0.1:9';
  try {
    const server = await start({ startTimeoutMs: 5_000 });
    expect(isSameProcess(server)).toBe(true);
  } finally {
    for (const name of names) delete process.env[name];
  }
});

test('An abort during the start leaves no server behind', async () => {
  const aborter = new AbortController();
  let pid = 0;
  let startTime = '';
  const onSpawned = (server: { pid: number; startTime: string }): void => {
    ({ pid, startTime } = server);
    aborter.abort();
  };
  await expect(start({ signal: aborter.signal, onSpawned })).rejects.toMatchObject({ name: 'AbortError' });
  expect(pid).toBeGreaterThan(0);
  expect(isSameProcess({ pid, startTime })).toBe(false);
});

test('A database file of another version is an error', () => {
  writeFileSync(join(root, 'temporal-1.8.2.db'), '');
  expect(() => databaseFile(root)).toThrow(
    expect.objectContaining({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('written by Temporal CLI 1.8.2'),
    }),
  );
  writeFileSync(join(root, 'temporal-1.9.1.db'), '');
  expect(databaseFile(root)).toBe(join(root, 'temporal-1.9.1.db'));
});

test('A worker whose supervisor is gone ends the server of this supervisor and no other process', async () => {
  const server = await start();
  const { pid, startTime } = server;
  const owner = { pid: 4_000_000, startTime: '17' };
  const record = join(root, 'running.json');
  const alive = (): boolean => isSameProcess(server);

  writeFileSync(record, JSON.stringify({ pid, startTime, owner: '4000000:18' }));
  await endOwnedTemporal(ownedTemporalSpec(owner, record));
  writeFileSync(record, JSON.stringify({ pid, startTime: `${startTime}1`, owner: '4000000:17' }));
  await endOwnedTemporal(ownedTemporalSpec(owner, record));
  await endOwnedTemporal(`${pid}:${startTime}1`);
  expect(alive()).toBe(true);

  writeFileSync(record, JSON.stringify({ pid, startTime, owner: '4000000:17' }));
  await endOwnedTemporal(ownedTemporalSpec(owner, record));
  expect(alive()).toBe(false);
});
