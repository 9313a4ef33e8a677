/** A worker dies between every two steps of a page; another worker goes on. */
import type { DeliverPageResult, JobPage, PublishPageResult } from '../../../src/contract';
import { lifeUntil, type Life } from './mortal';
import { shiftableClock } from './clock';
import { attempt, openStage, toPublish, untilDone, type Stage, type Worker } from './stage';

const LINES = 3;
const NEVER = Number.POSITIVE_INFINITY;

let stage: Stage;
const lives: Life[] = [];
const clock = shiftableClock();
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  for (const life of lives) life.bury();
  await stage.close();
  clock.restore();
});

interface Run {
  readonly life: Life;
  readonly page: JobPage;
  readonly published: PublishPageResult;
}

/** Runs a page with a worker that dies at this boundary of this step, and with another one from then on. */
async function run(step: 'deliver' | 'publish', boundary: number): Promise<Run> {
  const lines = await stage.lines(LINES, `${step}${boundary}-`);
  const page = stage.page(lines);
  const life = lifeUntil(boundary);
  lives.push(life);
  const first = stage.worker(life.mortal);
  const second = stage.worker();
  const surviving = async <In, Out>(activity: (worker: Worker) => (input: In) => Promise<Out>, input: In) => {
    const attempt1 = attempt(activity(first), input);
    const outcome = await Promise.race([attempt1, life.ended]);
    if (outcome !== 'dead') return outcome;
    return await untilDone(activity(second), input, clock, 5, { attempt: 2, heartbeatDetails: life.told() });
  };
  let delivered: DeliverPageResult;
  if (step === 'deliver') delivered = await surviving(({ deliverPage }) => deliverPage, { page });
  else delivered = await attempt(second.deliverPage, { page });
  const input = toPublish(page, delivered);
  const published =
    step === 'publish'
      ? await surviving(({ publishPage }) => publishPage, input)
      : await attempt(second.publishPage, input);
  return { life, page, published };
}

async function messagesOf(page: JobPage): Promise<readonly string[]> {
  const captions = new Set(page.lines.map(({ caption }) => caption));
  const messages = await stage.view.messages();
  return messages.flatMap(({ caption = '' }) => (captions.has(caption) ? [caption] : []));
}

test.each(['deliver', 'publish'] as const)(
  'A worker that dies at any boundary of %s leaves one message for each line.',
  async (step) => {
    const whole = await run(step, NEVER);
    const boundaries = whole.life.met();
    expect(boundaries).toBeGreaterThan(LINES * 2);
    for (let boundary = 1; boundary <= boundaries; boundary += 1) {
      const objects = (await stage.view.objects()).length;
      const { page, published } = await run(step, boundary);
      const captions = page.lines.map(({ caption }) => caption);
      expect([boundary, published.left, published.settled.map(({ state }) => state)]).toEqual([
        boundary,
        [],
        captions.map(() => 'done'),
      ]);
      expect([boundary, await messagesOf(page)]).toEqual([boundary, captions]);
      const made = (await stage.view.objects()).length - objects;
      expect([boundary, made <= (step === 'publish' ? LINES : 2 * LINES)]).toEqual([boundary, true]);
    }
  },
  300_000,
);
