/**
 * What an outage leaves in a history. The workflows are the real ones and so are their attempts and timers; only, durable
 * timers are shortened by an interceptor, and failed attempts ask for the next one at once.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { pauseAfter } from '../../src/workflows/signed-url-loop';
import { FASTER } from './quick-timers';
import { everythingWorks, inputOf, openStage, refusal, start, type Stage, type StandIns } from './stand-ins';

const DAY_MS = 86_400_000;
/** How long an upload asks for fresh links before it ends with URL_REFUSED: 1 + 2 + 4 + 8 + 16 + 30 + 30 s. */
const ASKED_FOR_MS = 91_000;

/** Of a round that ends with URL_REFUSED and a pause. */
const EVENTS_OF_A_ROUND = 19;

/** Enough to come to the longest pause, and to see it again. */
const ROUNDS = 7;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage([require.resolve('./quick-timers.ts')]);
}, 120_000);
afterAll(() => stage.close());

async function eventsOf(client: Client, transferId: string) {
  return (await client.workflow.getHandle(transferId).fetchHistory()).events ?? [];
}

type Events = Awaited<ReturnType<typeof eventsOf>>;

/** How long the workflow waited each time, had its timers not been shortened; and how many events came before. */
function waitsIn(events: Events): { ms: number; before: number }[] {
  return events.flatMap(({ timerStartedEventAttributes: timer }, before) => {
    if (!timer) return [];
    const { seconds, nanos } = timer.startToFireTimeout!;
    return [{ ms: (Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6) * FASTER, before }];
  });
}

test('A transfer whose links storage refuses for a day goes on by itself, and has fewer than 3,000 events.', async () => {
  let rounds = 0;
  const upload: StandIns['upload'] = (input) =>
    (rounds += 1) <= ROUNDS ? refusal('URL_REFUSED') : everythingWorks.upload(input);
  await stage.play({ upload }, async (client) => {
    const input = inputOf({ deadlineMs: 7 * DAY_MS });
    expect(await (await start(client, input)).result()).toMatchObject({ state: 'done' });
    const events = await eventsOf(client, input.transferId);
    const waits = waitsIn(events);
    expect(waits.map(({ ms }) => ms / 60_000)).toEqual([1, 2, 4, 8, 10, 10, 10]);
    // From here on every round is as the last one.
    const last = waits.at(-1)!;
    const eventsOfARound = last.before - waits.at(-2)!.before;
    const playedMs = waits.reduce((sum, { ms }) => sum + ms + ASKED_FOR_MS, 0);
    const more = Math.ceil((DAY_MS - playedMs) / (last.ms + ASKED_FOR_MS));
    expect(events.length + more * eventsOfARound).toBeLessThan(3000);
    expect({ more, eventsOfARound }).toEqual({ more: 121, eventsOfARound: EVENTS_OF_A_ROUND });
  });
}, 60_000);

test.each([
  ['a month', 30, 10_000],
  ['ten years', 3650, 20_000],
])('Refused links for %s leave a history that Temporal does not end (51,200 events).', (_, days, most) => {
  let rounds = 0;
  for (let elapsed = 0, pause = 60_000; elapsed < days * DAY_MS; pause = pauseAfter(pause, elapsed)) {
    elapsed += ASKED_FOR_MS + pause;
    rounds += 1;
  }
  expect(rounds * EVENTS_OF_A_ROUND).toBeLessThan(most);
});

/** Fails so often, as a service that is away does, then does as usual. */
function away<In, Out>(code: string, times: number, usual: (input: In) => Promise<Out>): (input: In) => Promise<Out> {
  let left = times;
  return (input) => {
    left -= 1;
    if (left < 0) return usual(input);
    return Promise.reject(ApplicationFailure.create({ type: code, message: `${code} for long`, nextRetryDelay: 1 }));
  };
}

async function eventsAfter(tries: number): Promise<number> {
  const { open, upload } = everythingWorks;
  const activities: Partial<StandIns> = {
    open: away('MESSAGING_UNAVAILABLE', tries, open),
    upload: away('STORAGE_UNAVAILABLE', tries, upload),
  };
  return await stage.play(activities, async (client) => {
    const input = inputOf();
    expect(await (await start(client, input)).result()).toMatchObject({ state: 'done' });
    return (await eventsOf(client, input.transferId)).length;
  });
}

test('An outage of storage or of messaging adds no event to a history, however often is tried.', async () => {
  const few = await eventsAfter(1);
  expect(few).toBeLessThan(100);
  expect(await eventsAfter(5)).toBe(few);
}, 60_000);
