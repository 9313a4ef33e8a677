/** A host whose worker is gone for good, or for a while. */
import { utimes } from 'node:fs/promises';
import type { Part } from '../chaos/kit/processes';
import { waitFor } from '../support/wait-for';
import { openSite, type Site } from './site';
import { hold, messagesOf, MODIFIED_AT, startOne } from './under-way';

let site: Site;

beforeAll(async () => {
  site = await openSite();
  await site.worker('here', 'a').start();
}, 120_000);
afterAll(() => site.close());

/** A transfer in mid-upload on a host of its own, whose worker is killed once it is ready. */
async function lose(
  host: string,
  ready: () => Promise<void> = () => Promise.resolve(),
): Promise<{ worker: Part; path: string; transferId: string }> {
  const worker = site.worker(host, host);
  await worker.start();
  const held = await hold(site, 60_000, 1);
  const started = await startOne(site, host, '--host', host);
  await held.underWay(1);
  await ready();
  worker.signal('SIGKILL');
  await worker.gone();
  return { worker, ...started };
}

/** From its second report on the server knows how often a worker reports, and so when it is overdue. */
async function reportsRegularly(host: string): Promise<void> {
  await site.withClient(async ({ workflowService, options: { namespace } }) => {
    await waitFor(async () => {
      const { workersInfo } = await workflowService.listWorkers({ namespace, pageSize: 100 });
      const reports = (workersInfo ?? []).map(({ workerHeartbeat }) => workerHeartbeat);
      const paces = reports.filter((report) => report?.taskQueue?.endsWith(`.${host}`));
      return paces.length >= 2 && paces.every((report) => report?.elapsedSinceLastHeartbeat) ? true : undefined;
    }, 30_000);
  });
}

async function saysSo(transferId: string, state: string, code: string, words: string): Promise<void> {
  await waitFor(async () => {
    const now = (await site.ferry('status', transferId, '--json')).documents[0]!;
    const { code: saidCode, message = '' } = (now['error'] ?? {}) as { code?: string; message?: string };
    return now['state'] === state && saidCode === code && message.includes(words) ? true : undefined;
  }, 60_000);
}

async function endOf(transferId: string): Promise<{ code: number; host: string; messages: number[] }> {
  const { code, documents } = await site.ferry('watch', transferId, '--json');
  const receipt = documents.at(-1)!;
  return { code, host: receipt['host'] as string, messages: await messagesOf(site, [receipt]) };
}

test('A transfer whose host died says within a minute for which it waits, and goes on when the host is back.', async () => {
  const { worker, transferId } = await lose('mortal', () => reportsRegularly('mortal'));
  await saysSo(transferId, 'waiting', 'NO_WORKER', 'Waiting for host mortal');
  await site.view.clearFaults();
  await worker.start();
  expect(await endOf(transferId)).toEqual({ code: 0, host: 'mortal', messages: [1] });
}, 120_000);

test('A host that died in its first seconds, before anybody knew how often it reports, is missed within a minute too.', async () => {
  const { transferId } = await lose('young');
  await saysSo(transferId, 'waiting', 'NO_WORKER', 'Waiting for host young');
  expect((await site.ferry('cancel', transferId)).code).toBe(0);
}, 120_000);

test('Another host takes over the same file only: of one that was changed it says so and stays where it was.', async () => {
  const { path, transferId } = await lose('lost');
  await utimes(path, MODIFIED_AT, MODIFIED_AT + 5);
  expect((await site.ferry('retry', transferId, '--host', 'a')).code).toBe(0);
  await saysSo(transferId, 'parked', 'SOURCE_CHANGED', 'stays with lost');
  await utimes(path, MODIFIED_AT, MODIFIED_AT);
  await site.view.clearFaults();
  expect((await site.ferry('retry', transferId, '--host', 'a')).code).toBe(0);
  expect(await endOf(transferId)).toEqual({ code: 0, host: 'a', messages: [1] });
}, 120_000);
