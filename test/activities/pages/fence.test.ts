import { ActivityNotFoundError } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDeps } from '../../../src/activities';
import type { JobPage, PublishPageFacts, PublishPageResult } from '../../../src/contract';
import type { ConsumerSession } from '../../../src/liveperson/types';
import { waitFor } from '../../support/wait-for';
import { shiftableClock } from './clock';
import { attempt, openStage, toPublish, type Stage } from './stage';

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
  await stage.close();
  clock.restore();
});

async function messagesOf({ lines }: JobPage): Promise<readonly number[]> {
  const messages = await stage.view.messages();
  return lines.map((line) => messages.filter(({ caption }) => caption === line.caption).length);
}

async function delivered(count: number, prefix: string) {
  const page = stage.page(await stage.lines(count, prefix));
  return { page, input: toPublish(page, await attempt(stage.worker().deliverPage, { page })) };
}

/** With another way to publish. */
function publishing(
  deps: ActivityDeps,
  publishFile: (session: ConsumerSession) => ConsumerSession['publishFile'],
  more: Partial<Pick<ActivityDeps['consumers'], 'renew'>> = {},
): ActivityDeps['consumers'] {
  const session: ActivityDeps['consumers']['session'] = (identity, token) => {
    const real = deps.consumers.session(identity, token);
    return { ...real, publishFile: publishFile(real) };
  };
  return Object.assign(Object.create(deps.consumers) as typeof deps.consumers, { session, ...more });
}

test('One confirmed heartbeat, which names the lines, goes before all frames of a page.', async () => {
  const { page, input } = await delivered(4, 'once');
  const told: unknown[] = [];
  const messages: (readonly number[])[] = [];
  const { publishPage } = stage.worker((deps) => ({
    ...deps,
    async confirmHeartbeat(_token, details) {
      told.push(details);
      messages.push(await messagesOf(page));
    },
  }));
  await attempt(publishPage, input);
  const lines = page.lines.map(({ line }) => line);
  expect(told).toEqual([expect.objectContaining({ effect: 'unknown', lines })]);
  expect(messages).toEqual([[0, 0, 0, 0]]);
});

test('Frames that take longer than the fence holds are claimed and confirmed again.', async () => {
  const { page, input } = await delivered(3, 'slow');
  const told: unknown[] = [];
  const { publishPage } = stage.worker((deps) => ({
    ...deps,
    confirmHeartbeat(_token, details) {
      told.push((details as PublishPageFacts).lines);
      return Promise.resolve();
    },
    consumers: publishing(deps, (session) => async (request) => {
      const answer = await session.publishFile(request);
      if (request.caption === page.lines[0]?.caption) clock.shift(16_000);
      return answer;
    }),
  }));
  const { settled } = await attempt(publishPage, input);
  expect(settled.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  const lines = page.lines.map(({ line }) => line);
  // The first line has a message, and no receipt yet.
  expect(told).toEqual([lines, lines]);
});

test('An attempt beside which the server has begun another one sends nothing, and says so.', async () => {
  const { page, input } = await delivered(2, 'frozen');
  const { publishPage } = stage.worker((deps) => ({
    ...deps,
    confirmHeartbeat: () => Promise.reject(new ActivityNotFoundError('gone')),
  }));
  await expect(attempt(publishPage, input)).rejects.toMatchObject({
    type: 'STALLED',
    details: [expect.objectContaining({ effect: 'none', lines: [] })],
  });
  expect(await messagesOf(page)).toEqual([0, 0]);
  const [entries] = await stage.ledger.ofTransfers([page.lines[0]?.transferId ?? '']);
  expect(entries?.intents).toEqual([]);
});

test('A token that has expired is renewed, and the page goes on where it was.', async () => {
  const { page, input } = await delivered(4, 'token');
  let renewals = 0;
  const { publishPage } = stage.worker((deps) => ({
    ...deps,
    consumers: publishing(deps, (session) => (request) => session.publishFile(request), {
      renew(_identity, refused) {
        renewals += 1;
        return Promise.resolve(refused);
      },
    }),
  }));
  await stage.view.addFaults([
    { at: PUBLISH, do: { delayMs: 0 }, times: 2 },
    { at: PUBLISH, do: { error: { code: 401, title: 'expired' } }, times: 1 },
  ]);
  const { settled, left } = await attempt(publishPage, input);
  expect({ left, renewals, states: settled.map(({ state }) => state) }).toEqual({
    left: [],
    renewals: 1,
    states: ['done', 'done', 'done', 'done'],
  });
  expect(await messagesOf(page)).toEqual([1, 1, 1, 1]);
});

test('A page that is cancelled waits for the answer to its frame, and returns what it has done.', async () => {
  const { page, input } = await delivered(5, 'cancelled');
  await stage.view.addFaults([
    { at: PUBLISH, do: { delayMs: 0 }, times: 2 },
    { at: PUBLISH, do: { delayMs: 1000 }, times: 1 },
  ]);
  const environment = new MockActivityEnvironment();
  const running: Promise<PublishPageResult> = environment.run(stage.worker().publishPage, input);
  await waitFor(async () => (await stage.view.faults()).every(({ times }) => times === 0) || undefined);
  environment.cancel();
  const { settled, left, settledAt } = await running;
  // What is left has not been sent: nothing can come of it later, so a resumed page does not wait.
  expect(settledAt).toBeUndefined();
  const lines = page.lines.map(({ line }) => line);
  expect(settled.map(({ line, state }) => [line, state])).toEqual(lines.slice(0, 3).map((line) => [line, 'done']));
  expect(left).toEqual(lines.slice(3));
  expect(await messagesOf(page)).toEqual([1, 1, 1, 0, 0]);
});

describe('A page whose last attempt said nothing', () => {
  const guessed = { lookFirst: true, settledAt: Date.now() + 75_000, isSettledAtGuessed: true };
  const withOneLedger = () => stage.worker((deps) => ({ ...deps, isOnlyLedger: true }));

  test('is published at once where the ledger knows that no frame has left.', async () => {
    const { page, input } = await delivered(2, 'known');
    const { left } = await attempt(withOneLedger().publishPage, { ...input, ...guessed, deliveredAt: Date.now() });
    expect(left).toEqual([]);
    expect(await messagesOf(page)).toEqual([1, 1]);
  });

  test('waits where the ledger may be younger than its publish, or is one of several.', async () => {
    const { page, input } = await delivered(2, 'unknown');
    const tries = [
      attempt(withOneLedger().publishPage, { ...input, ...guessed }),
      attempt(withOneLedger().publishPage, { ...input, ...guessed, deliveredAt: 1 }),
      attempt(stage.worker().publishPage, { ...input, ...guessed, deliveredAt: Date.now() }),
    ];
    for (const one of tries) await expect(one).rejects.toMatchObject({ type: 'ANSWER_LOST' });
    expect(await messagesOf(page)).toEqual([0, 0]);
  });
});

test('A line that an earlier identity has uploaded is uploaded again.', async () => {
  const lines = await stage.lines(2, 'identity');
  const [first] = lines;
  await stage.ledger.deliver({
    transferId: first?.transferId ?? '',
    relativePath: '/v1/AUTH_async-images/12345678/of-another-identity',
    consumerId: 'another',
    urlRenewals: 0,
    bytesSent: 5,
    at: new Date().toISOString(),
  });
  const objects = (await stage.view.objects()).length;
  const { delivered: done } = await attempt(stage.worker().deliverPage, { page: stage.page(lines) });
  expect(done).toHaveLength(2);
  expect((await stage.view.objects()).length - objects).toBe(2);
});
