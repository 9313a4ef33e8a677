import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { JobLine, JobPage, LineResult } from '../../../src/contract';
import { FerryError } from '../../../src/errors';
import { closeConsumers, logIn, openSocket } from '../../../sandbox/test/messaging/support/consumer';
import { waitFor } from '../../support/wait-for';
import { shiftableClock } from './clock';
import { attempt, openStage, toPublish, untilDone, type Stage } from './stage';

const PUBLISH = 'request:ms.PublishEvent';

let stage: Stage;
const clock = shiftableClock();
beforeAll(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await stage.view.clearFaults();
});
afterAll(async () => {
  closeConsumers();
  await stage.close();
  clock.restore();
});

const codesOf = (results: readonly LineResult[]): readonly string[] =>
  results.map(({ state, error }) => (error === null ? state : `${state} ${error.code}`));

async function countPuts(): Promise<number> {
  return (await stage.view.requests()).filter(({ method }) => method === 'PUT').length;
}

async function messagesOf({ lines }: JobPage): Promise<readonly number[]> {
  const messages = await stage.view.messages();
  return lines.map((line) => messages.filter(({ caption }) => caption === line.caption).length);
}

/** The line as it is when its file has been rewritten with this. */
async function rewritten(line: JobLine, content: string): Promise<JobLine> {
  await writeFile(line.source, content);
  const { size, mtimeMs, ino } = await stat(line.source);
  return { ...line, sizeBytes: size, mtimeMs, inode: ino };
}

test('Lines that can never succeed, and lines that need a person, do not hold up their page.', async () => {
  const [good, missing, changed, odd, alsoGood] = (await stage.lines(5, 'mixed')) as [
    JobLine,
    JobLine,
    JobLine,
    JobLine,
    JobLine,
  ];
  await rm(missing.source);
  await rewritten(changed, 'changed after the manifest was read');
  const page = stage.page([good, missing, changed, await rewritten(odd, 'no picture'), alsoGood]);
  const { delivered, settled } = await attempt(stage.worker().deliverPage, { page });
  expect(delivered.map(({ line }) => line.line)).toEqual([good.line, alsoGood.line]);
  expect(settled.map(({ line }) => line)).toEqual([missing.line, changed.line, odd.line]);
  expect(codesOf(settled)).toEqual(['parked SOURCE_MISSING', expect.stringMatching(/^failed /), 'failed IMAGE_BROKEN']);
  expect(settled[0]?.error?.remedy).toContain('ferry job retry acme-jan-1');
});

test('An outage ends the attempt, and the next one sends only what is not there yet.', async () => {
  const lines = await stage.lines(12, 'outage');
  const page = stage.page(lines);
  const before = await countPuts();
  const { deliverPage } = stage.worker();
  // The first four go through.
  await stage.view.addFaults([
    { at: 'put', do: { delayMs: 0 }, times: 4 },
    { at: 'put', do: { status: 503 }, times: 8 },
  ]);
  await expect(attempt(deliverPage, { page })).rejects.toMatchObject({ type: 'STORAGE_UNAVAILABLE' });
  await stage.view.clearFaults();
  const noted = await stage.ledger.ofTransfers(lines.map(({ transferId }) => transferId));
  expect(noted.filter(({ delivered }) => delivered !== null)).toHaveLength(4);
  const objects = (await stage.view.objects()).length;
  const refused = (await countPuts()) - before - 4;
  const { delivered } = await attempt(stage.worker().deliverPage, { page }, { attempt: 2 });
  expect(delivered).toHaveLength(12);
  expect((await stage.view.objects()).length - objects).toBe(8);
  expect((await countPuts()) - before).toBe(12 + refused);
});

test('Trouble of the whole account parks the lines of the page.', async () => {
  let asked = 0;
  const { deliverPage } = stage.worker((deps) => {
    const conversation = (): Promise<never> => {
      asked += 1;
      return Promise.reject(new FerryError('CREDENTIALS_REFUSED', 'The service refused the key.'));
    };
    return {
      ...deps,
      consumers: Object.assign(Object.create(deps.consumers) as typeof deps.consumers, { conversation }),
    };
  });
  const result = await attempt(deliverPage, { page: stage.page(await stage.lines(3, 'account')) });
  expect(result).toMatchObject({ opened: null, delivered: [] });
  expect(codesOf(result.settled)).toEqual(Array(3).fill('parked CREDENTIALS_REFUSED'));
  expect(asked).toBe(1);
});

test('A line whose publish is refused for good fails, and the others are published in their order.', async () => {
  const page = stage.page(await stage.lines(4, 'refused'));
  const { deliverPage, publishPage } = stage.worker();
  const input = toPublish(page, await attempt(deliverPage, { page }));
  await stage.view.addFaults([
    { at: PUBLISH, do: { delayMs: 0 }, times: 1 },
    { at: PUBLISH, do: { error: { code: 400, title: 'no' } }, times: 1 },
  ]);
  const { settled, left } = await attempt(publishPage, input);
  expect(left).toEqual([]);
  expect(codesOf(settled)).toEqual(['done', 'failed REQUEST_REFUSED', 'done', 'done']);
  expect(await messagesOf(page)).toEqual([1, 0, 1, 1]);
  const entries = await stage.ledger.ofTransfer(page.lines[1]?.transferId ?? '');
  expect(entries).toMatchObject({ intents: [], receipts: [] });
});

test.each(['drop-after', 'drop-before'] as const)(
  'After a publish whose answer is lost (%s) each line has one message, in the order of the lines.',
  async (how) => {
    const page = stage.page(await stage.lines(6, `lost-${how}`));
    const { deliverPage, publishPage } = stage.worker();
    const input = toPublish(page, await attempt(deliverPage, { page }));
    await stage.view.addFaults([
      { at: PUBLISH, do: { delayMs: 0 }, times: 3 },
      { at: PUBLISH, do: how, times: 1 },
    ]);
    await expect(attempt(publishPage, input)).rejects.toMatchObject({ type: 'ANSWER_LOST' });
    await stage.view.clearFaults();
    const { settled, left } = await untilDone(publishPage, input, clock, 5, { attempt: 2 });
    expect(left).toEqual([]);
    expect(codesOf(settled)).toEqual(Array(6).fill('done'));
    expect(await messagesOf(page)).toEqual(Array(6).fill(1));
    const sequences = settled.map(({ sequence }) => sequence ?? 0);
    expect(sequences).toEqual(sequences.toSorted((one, other) => one - other));
  },
);

async function closeAsAgent(conversationId: string): Promise<void> {
  const { host } = new URL(stage.url);
  const bearer = await logIn({ host, fetch: (path, init) => fetch(new URL(path, stage.url), init) });
  const agent = await openSocket(`ws://${host}/ws_api/account/12345678/messaging/brand/${bearer}?v=2.1`);
  const close = { field: 'ConversationStateField', conversationState: 'CLOSE' };
  await agent.request('.ams.cm.UpdateConversationField', { conversationId, conversationField: [close] });
  await waitFor(async () => {
    const conversations = await stage.view.conversations();
    return conversations.find((each) => each.conversationId === conversationId)?.state === 'CLOSE' || undefined;
  });
}

test('A page whose conversation was closed is left for another one; a named one is not replaced.', async () => {
  const page = stage.page(await stage.lines(3, 'closed'));
  const { deliverPage, publishPage } = stage.worker();
  const input = toPublish(page, await attempt(deliverPage, { page }));
  const { conversationId } = input.opened;
  await closeAsAgent(conversationId);
  const named = await attempt(publishPage, { ...input, page: { ...input.page, conversationId } });
  expect(named.left).toEqual([]);
  expect(codesOf(named.settled)).toEqual(Array(3).fill('failed CONVERSATION_CLOSED'));
  const first = await attempt(publishPage, input);
  expect(first).toMatchObject({ settled: [], left: page.lines.map(({ line }) => line) });
  expect(first.opened.conversationId).not.toBe(conversationId);
  const second = await attempt(publishPage, { ...input, opened: first.opened, lookFirst: true });
  expect(codesOf(second.settled)).toEqual(Array(3).fill('done'));
  expect(await messagesOf(page)).toEqual([1, 1, 1]);
});

test('A cancelled page moves no more bytes within two seconds, and says how far it has got.', async () => {
  const page = stage.page(await stage.lines(4, 'cancel'));
  await stage.view.addFault({ at: 'put', do: { delayMs: 30_000 } });
  const environment = new MockActivityEnvironment();
  const running = environment.run(stage.worker().deliverPage, { page });
  running.catch(() => undefined);
  const before = await countPuts();
  await waitFor(async () => (await countPuts()) > before || undefined);
  environment.cancel();
  const begun = performance.now();
  await expect(running).rejects.toBeInstanceOf(CancelledFailure);
  expect(performance.now() - begun).toBeLessThan(2000);
});

test('Published lines are fetched back; a line that cannot be fetched stays done and says why.', async () => {
  const fetchTo = join(stage.directory, 'back');
  await mkdir(fetchTo);
  const lines = (await stage.lines(3, 'fetch')).map((line) => ({ ...line, fetchTo }));
  const page = stage.page(lines);
  const { deliverPage, publishPage, fetchPage } = stage.worker();
  const { settled } = await attempt(publishPage, toPublish(page, await attempt(deliverPage, { page })));
  await writeFile(join(fetchTo, basename(lines[1]?.source ?? '')), 'another file');
  const { lines: _lines, ...ids } = page;
  const toFetch = lines.map((line, index) => ({ line, result: settled[index]! }));
  const fetched = await attempt(fetchPage, { page: ids, lines: toFetch });
  expect(codesOf(fetched.settled)).toEqual(['done', 'done TARGET_EXISTS', 'done']);
  for (const index of [0, 2]) {
    const { source } = lines[index]!;
    const target = join(fetchTo, basename(source));
    expect(fetched.settled[index]?.fetchedTo).toBe(target);
    expect(await readFile(target)).toEqual(await readFile(source));
    const { receipts } = await stage.ledger.ofTransfer(lines[index]!.transferId);
    expect(receipts.at(-1)).toMatchObject({ fetchedTo: target });
  }
  const verified = await attempt(fetchPage, {
    page: { ...ids, verify: true },
    lines: toFetch.map(({ line, result }) => ({ line: { ...line, fetchTo: null }, result })),
  });
  expect(verified.settled).toEqual(settled);
});
