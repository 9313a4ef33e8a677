/** `ferry worker` as a process of its own, while its Temporal is not there yet, goes away, or is not the right one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { findOrFetchTemporal, freePort, startTemporal, type RunningTemporal } from '../../src/engine';
import { EMBEDDED_NAMESPACE, SHARED_QUEUE } from '../../src/contract';
import { testCacheDir } from '../support/temporal';
import { waitFor } from '../support/wait-for';

const CLI = join(__dirname, '../../dist/cli/main.js');

let directory: string;
let port: number;
let server: RunningTemporal | null = null;
let workers: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferry-worker-'));
  port = await freePort();
}, 120_000);

afterEach(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  workers = [];
  await server?.stop();
  server = null;
  await rm(directory, { recursive: true, force: true });
});

async function startServer(): Promise<RunningTemporal> {
  const { path: binary } = await findOrFetchTemporal({ cacheDir: testCacheDir });
  const files = { dbFile: join(directory, 'temporal.db'), logFile: join(directory, 'temporal.log') };
  server = await startTemporal({ binary, port, uiPort: null, ...files });
  return server;
}

interface Running {
  readonly said: { stdout: string; stderr: string };
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
}

function startWorker(namespace: string = EMBEDDED_NAMESPACE): Running {
  const { PATH } = process.env;
  const env = {
    PATH,
    HOME: directory,
    TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    TEMPORAL_NAMESPACE: namespace,
    FERRY_SEAL_KEY: randomBytes(32).toString('base64'),
  };
  const child = spawn(process.execPath, [CLI, 'worker', '--host-id', 'h', '--json'], { env, cwd: directory });
  workers.push(child);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { said, process: child, ended };
}

async function pollers(): Promise<number> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  try {
    const { pollers: seen } = await connection.workflowService.describeTaskQueue({
      namespace: EMBEDDED_NAMESPACE,
      taskQueue: { name: SHARED_QUEUE },
      taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    });
    return seen?.length ?? 0;
  } finally {
    await connection.close();
  }
}

const polls = (): Promise<true> => waitFor(async () => ((await pollers()) > 0 ? true : undefined), 30_000);

test('A worker that is started in an outage says so once, waits, and serves as soon as Temporal is there.', async () => {
  const worker = startWorker();
  await waitFor(() => (worker.said.stderr.includes('tried again') ? true : undefined), 20_000);
  expect(worker.said.stderr).toContain(`Cannot reach Temporal at 127.0.0.1:${port}.`);
  await startServer();
  await polls();
  await waitFor(() => (worker.said.stdout.includes('"type":"ready"') ? true : undefined));
  expect(worker.said.stderr.split('tried again').length - 1).toBe(1);
  worker.process.kill('SIGTERM');
  expect(await worker.ended).toBe(0);
}, 120_000);

test('A worker whose Temporal is killed just when it is ready serves again when the server is back.', async () => {
  const first = await startServer();
  const worker = startWorker();
  await waitFor(() => (worker.said.stdout.includes('"type":"ready"') ? true : undefined), 30_000);
  process.kill(first.pid, 'SIGKILL');
  await first.exited;
  await startServer();
  await polls();
  expect(worker.process.exitCode).toBeNull();
  worker.process.kill('SIGTERM');
  expect(await worker.ended).toBe(0);
}, 120_000);

test.each(['SIGTERM', 'SIGHUP'] as const)(
  'A worker that waits for Temporal ends with 0 when it is told to by %s.',
  async (signal) => {
    const worker = startWorker();
    await waitFor(() => (worker.said.stderr.includes('tried again') ? true : undefined), 20_000);
    worker.process.kill(signal);
    expect(await worker.ended).toBe(0);
  },
  60_000,
);

test('A worker for a namespace that does not exist ends with a sentence: waiting would not help.', async () => {
  await startServer();
  const worker = startWorker('nowhere');
  expect(await worker.ended).toBe(2);
  expect(worker.said.stderr).toContain(`Temporal at 127.0.0.1:${port} has no namespace nowhere.`);
  expect(worker.said.stderr).not.toMatch(/\n\s+at /);
}, 120_000);
