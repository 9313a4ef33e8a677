/** Two jobs, or a job and a single transfer, that name the same files at the same time. */
import { join } from 'node:path';
import {
  perhapsSent,
  type DeliveredLine,
  type JobPage,
  type LineResult,
  type PublishInput,
} from '../../../src/contract';
import { openLedger } from '../../../src/ledger';
import { shiftableClock } from './clock';
import { lifeUntil } from './mortal';
import { attempt, openStage, toPublish, untilDone, type Stage } from './stage';

let stage: Stage;
const clock = shiftableClock();
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage.close();
  clock.restore();
});

/** Two pages of the same files. */
async function twoPages(count: number, prefix: string): Promise<readonly [JobPage, JobPage]> {
  const lines = await stage.lines(count, prefix);
  const others = lines.map((line) => ({ ...line, transferId: `${line.transferId}-other` }));
  return [stage.page(lines), stage.page(others, { jobId: 'acme-other-1' })];
}

async function messagesOf({ lines }: JobPage): Promise<number[]> {
  const messages = await stage.view.messages();
  return lines.map((line) => messages.filter(({ caption }) => caption === line.caption).length);
}

const statesOf = (results: readonly LineResult[]): string[] => results.map(({ state }) => state);

test('Of two jobs one sends each file, and the other skips it.', async () => {
  const [page, other] = await twoPages(6, 'jobs');
  const [one, two] = [stage.worker(), stage.worker()];
  const deliveries = await Promise.all([attempt(one.deliverPage, { page }), attempt(two.deliverPage, { page: other })]);
  const [first, second] = await Promise.all([
    untilDone(one.publishPage, toPublish(page, deliveries[0]), clock),
    untilDone(two.publishPage, toPublish(other, deliveries[1]), clock),
  ]);
  const states = first.settled.map(({ state }, index) => new Set([state, second.settled[index]?.state]));
  expect(states).toEqual(page.lines.map(() => new Set(['done', 'skipped'])));
  expect(await messagesOf(page)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(second.settled.map(({ sequence }) => sequence)).toEqual(first.settled.map(({ sequence }) => sequence));
});

test('A line that a pass left open on another host is looked for there, and is not sent again.', async () => {
  const lines = await stage.lines(2, 'moved');
  const page = stage.page(lines);
  const first = stage.worker();
  const delivered = await attempt(first.deliverPage, { page });
  const sent = await attempt(first.publishPage, toPublish(page, delivered));
  if (delivered.opened === null) throw new Error('nothing was delivered');
  const { opened } = delivered;
  const again = stage.page(
    delivered.delivered.map((of) => ({ ...of.line, perhapsSent: perhapsSent(of, opened, Date.now()) })),
    { pass: 2 },
  );
  const ledger = openLedger(join(stage.directory, 'ledger-of-another-host'));
  try {
    const other = stage.worker((deps) => ({ ...deps, ledger }));
    const published = await untilDone(
      other.publishPage,
      toPublish(again, await attempt(other.deliverPage, { page: again })),
      clock,
    );
    expect(statesOf(published.settled)).toEqual(['done', 'done']);
    expect(published.settled.map(({ sequence }) => sequence)).toEqual(sent.settled.map(({ sequence }) => sequence));
    expect(await messagesOf(page)).toEqual([1, 1]);
  } finally {
    await ledger.close();
  }
});

function singlePublish(page: JobPage, of: DeliveredLine, opened: PublishInput['opened']): PublishInput {
  const { line, name, fileType, relativePath, md5, sha256, urlRenewals, bytesSent } = of;
  const { source, sizeBytes, mtimeMs, inode, caption } = line;
  const { account, consumer } = page;
  const transferId = line.sendKey ?? '';
  const counts = { urlRenewals, bytesSent, bytesFetched: 0, repeated: false };
  const startedAt = new Date().toISOString();
  return {
    account,
    consumer,
    transferId,
    opened,
    file: { source, name, sizeBytes, mtimeMs, inode, fileType, notes: [] },
    relativePath,
    caption,
    lookFirst: false,
    lookOnly: false,
    settledAt: null,
    sendKey: line.sendKey,
    receipt: {
      transferId,
      source,
      host: 'h',
      account,
      consumer,
      relativePath,
      caption,
      fileType,
      sizeBytes,
      md5,
      sha256,
      fetchedTo: null,
      ...counts,
      startedAt,
    },
  };
}

test('A job and a single transfer send a file once.', async () => {
  const [page, other] = await twoPages(1, 'single');
  const [one, two] = [stage.worker(), stage.worker()];
  const delivered = await attempt(one.deliverPage, { page });
  const { delivered: files, opened } = await attempt(two.deliverPage, { page: other });
  const single = singlePublish(other, files[0]!, opened!);
  const [ofPage, ofSingle] = await Promise.all([
    untilDone(one.publishPage, toPublish(page, delivered), clock),
    untilDone(two.publish, single, clock),
  ]);
  expect(await messagesOf(page)).toEqual([1]);
  const isRepeated = ofSingle?.earlier?.repeated === true;
  expect(statesOf(ofPage.settled)).toEqual([isRepeated ? 'done' : 'skipped']);
  expect(ofSingle?.sequence).toBe(ofPage.settled[0]?.sequence);
});

describe('A transfer that dies behind its intent', () => {
  const BEHIND_CLAIM = 3;
  const BEHIND_THE_FRAMES = 8;

  test.each([
    ['before its frames', BEHIND_CLAIM, 'done'],
    ['with its frames on the way', BEHIND_THE_FRAMES, 'skipped'],
  ])('%s holds another one up until a look shows what became of it.', async (_, boundary, state) => {
    const [page, other] = await twoPages(2, `dead${boundary}`);
    const life = lifeUntil(boundary);
    const [mortal, heir] = [stage.worker(life.mortal), stage.worker()];
    const delivered = await attempt(heir.deliverPage, { page });
    const dying = attempt(mortal.publishPage, toPublish(page, delivered));
    await life.ended;
    const begun = Date.now();
    const ofOther = toPublish(other, await attempt(heir.deliverPage, { page: other }));
    await expect(attempt(heir.publishPage, ofOther)).rejects.toMatchObject({ type: 'ALREADY_SENDING' });
    const { settled } = await untilDone(heir.publishPage, ofOther, clock, 60);
    expect(Date.now() - begun).toBeGreaterThan(60_000);
    expect(statesOf(settled)).toEqual([state, state]);
    life.bury();
    await dying.catch(() => undefined);
    const late = await untilDone(heir.publishPage, toPublish(page, delivered, { lookFirst: true }), clock);
    expect(statesOf(late.settled)).toHaveLength(2);
    expect(await messagesOf(page)).toEqual([1, 1]);
  });
});
