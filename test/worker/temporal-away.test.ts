/** `ferry worker` as a process of its own, while its Temporal is not there yet, goes away, or is not the right one. */
import { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { EMBEDDED_NAMESPACE, SHARED_QUEUE } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { makeSite, type Site } from './worker-process';

let site: Site;

beforeEach(async () => {
  site = await makeSite();
}, 120_000);

afterEach(() => site.end());

async function pollers(): Promise<number> {
  const connection = await Connection.connect({ address: `127.0.0.1:${site.port}` });
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
  const worker = site.startWorker();
  await waitFor(() => (worker.said.stderr.includes('tried again') ? true : undefined));
  expect(worker.said.stderr).toContain(`Cannot reach Temporal at 127.0.0.1:${site.port}.`);
  await site.startServer();
  await polls();
  await waitFor(() => (worker.said.stdout.includes('"type":"ready"') ? true : undefined));
  expect(worker.said.stderr.split('tried again').length - 1).toBe(1);
  worker.process.kill('SIGTERM');
  expect(await worker.ended).toBe(0);
}, 120_000);

test('A worker whose Temporal is killed just when it is ready serves again when the server is back.', async () => {
  const first = await site.startServer();
  const worker = site.startWorker();
  await waitFor(() => (worker.said.stdout.includes('"type":"ready"') ? true : undefined), 30_000);
  process.kill(first.pid, 'SIGKILL');
  await first.exited;
  await site.startServer();
  await polls();
  expect(worker.process.exitCode).toBeNull();
  worker.process.kill('SIGTERM');
  expect(await worker.ended).toBe(0);
}, 120_000);

test.each(['SIGTERM', 'SIGHUP'] as const)(
  'A worker that waits for Temporal ends with 0 when it is told to by %s.',
  async (signal) => {
    const worker = site.startWorker();
    await waitFor(() => (worker.said.stderr.includes('tried again') ? true : undefined));
    worker.process.kill(signal);
    expect(await worker.ended).toBe(0);
  },
  60_000,
);

test('A worker for a namespace that does not exist ends with a sentence: waiting would not help.', async () => {
  await site.startServer();
  const worker = site.startWorker({ env: { TEMPORAL_NAMESPACE: 'nowhere' } });
  expect(await worker.ended).toBe(2);
  expect(worker.said.stderr).toContain(`Temporal at 127.0.0.1:${site.port} has no namespace nowhere.`);
  expect(worker.said.stderr).not.toMatch(/\n\s+at /);
}, 120_000);
