import { join } from 'node:path';
import { limitsWorkflowId } from '../../src/contract';
import type { Part } from '../chaos/kit/processes';
import { waitFor } from '../support/wait-for';
import { writeJpeg } from './pictures';
import { openSite, type Site } from './site';

const LIMIT = 4;
const FILES = 24;

let site: Site;
let workers: Part[];

beforeAll(async () => {
  site = await openSite(['byteSlots = 8', '[accounts.site.limits]', `requests = ${LIMIT}`, `transfers = ${LIMIT}`]);
  workers = [site.worker('one', 'a'), site.worker('two', 'b')];
  await Promise.all(workers.map((worker) => worker.start()));
}, 120_000);
afterAll(() => site.close());

/** Fails with what the command said when it did not tell the limits. */
async function limits() {
  const { code, documents, stderr, tookMs } = await site.ferry('limit', 'site', '--json');
  expect({ code, type: documents[0]?.['type'], documents, stderr, tookMs }).toMatchObject({ code: 0, type: 'limits' });
  return documents[0]!;
}

/** The worker that did the last task of the limits workflow: the server asks it first. */
async function workerOfLimits(): Promise<Part> {
  const { events } = await site.withClient(({ workflow }) =>
    workflow.getHandle(limitsWorkflowId('site')).fetchHistory(),
  );
  const last = (events ?? []).findLast(({ workflowTaskStartedEventAttributes: started }) => started?.identity);
  const identity = last?.workflowTaskStartedEventAttributes?.identity ?? '';
  return workers.find((worker) => identity.startsWith(`${worker.pid()}@`))!;
}

/** Starts transfers on both hosts, and resolves when their messages are there. */
async function sendOnBoth(tag: string, count: number): Promise<void> {
  const before = (await site.view.messages()).length;
  const starts = ['a', 'b'].map(async (host) => {
    const names = Array.from({ length: count / 2 }, (_, at) => join(site.directory, `${tag}-${host}-${at}.jpg`));
    await Promise.all(names.map((name) => writeJpeg(name)));
    return await site.ferry('send', ...names, '--host', host, '--detach', '--json');
  });
  expect((await Promise.all(starts)).map(({ code }) => code)).toEqual([0, 0]);
  await waitFor(async () => ((await site.view.messages()).length >= before + count ? true : undefined), 150_000);
}

test('Two workers of two hosts together never have more under way than the limits of the account.', async () => {
  for (const point of ['put', 'signup', 'request:ms.PublishEvent', 'request:ms.GenerateURLForUploadFile']) {
    await site.view.addFault({ at: point, do: { delayMs: 150 } });
  }
  await sendOnBoth('all', FILES);
  const { requests, transfers } = await site.view.load();
  expect(requests.peak).toBeLessThanOrEqual(LIMIT);
  expect(transfers.peak).toBeLessThanOrEqual(LIMIT);
  // The delay makes many wait at once: the limit was reached, not merely kept.
  expect(requests.peak).toBeGreaterThan(1);
}, 240_000);

test('A live change holds for new requests, and says who made it and why.', async () => {
  const changed = await site.ferry(
    'limit',
    'site',
    '--requests',
    '1',
    '--for',
    '10m',
    '--reason',
    'complaint',
    '--json',
  );
  expect(changed.code).toBe(0);
  expect(changed.documents[0]).toMatchObject({
    type: 'limits',
    limits: { requests: 1, transfers: LIMIT },
    changes: [{ reason: 'complaint', values: { requests: 1 } }],
  });
  await waitFor(async () => {
    const { workers: leases } = (await limits()) as { workers: { share: { requests: number } }[] };
    return leases.reduce((sum, { share }) => sum + share.requests, 0) <= 1 ? true : undefined;
  });
  await site.view.resetLoad();
  await sendOnBoth('one', 6);
  expect((await site.view.load()).requests.peak).toBe(1);
  expect((await site.ferry('limit', 'site', '--clear', '--reason', 'over')).code).toBe(0);
}, 240_000);

test('The share of a killed worker comes back within 15 s.', async () => {
  await sendOnBoth('kill', 4);
  await waitFor(async () => ((await limits())['workers'].length === 2 ? true : undefined));
  const begun = performance.now();
  // The server still asks this one for the limits, and nobody answers for it.
  const killed = await workerOfLimits();
  killed.signal('SIGKILL');
  await killed.gone();
  const seenMs = await waitFor(async () => {
    const askedAt = performance.now();
    return (await limits())['workers'].length === 1 ? askedAt - begun : undefined;
  });
  expect(seenMs).toBeLessThan(15_000);
}, 240_000);

test('Without a worker the command says so, and a change is kept for the next worker.', async () => {
  for (const worker of workers) worker.signal('SIGTERM');
  await Promise.all(workers.map((worker) => worker.gone()));
  const asked = await site.ferry('limit', 'site', '--json');
  expect(asked).toMatchObject({ code: 3, documents: [{ type: 'error', error: { code: 'NO_ANSWER' } }] });
  expect(asked.tookMs).toBeLessThan(20_000);
  const changed = await site.ferry('limit', 'site', '--transfers', '3', '--reason', 'night', '--json');
  expect(changed).toMatchObject({ code: 0, documents: [{ type: 'limits', taken: 'later', limits: null }] });
  expect(changed.tookMs).toBeLessThan(20_000);
  await workers[0]!.start();
  const { limits: now, changes } = await waitFor(async () => {
    const found = await limits();
    return found['limits']?.transfers === 3 ? found : undefined;
  });
  expect(now).toMatchObject({ transfers: 3 });
  // The update that nobody answered and the signal are the same change.
  expect(changes.filter(({ reason }: { reason: string }) => reason === 'night')).toHaveLength(1);
}, 120_000);
