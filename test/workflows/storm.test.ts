import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { VIEW_QUERY, type CommandName, type TransferResult, type WorkflowView } from '../../src/contract';
import { order } from './commanding';
import { everythingWorks, messageIn, inputOf, openStage, start, type Stage, type StandIns } from './stand-ins';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A while that a cancellation cuts short, as every step of Ferry's honours its signal. */
async function aWhile(ms: number): Promise<void> {
  const { cancelled } = Context.current();
  const beat = setInterval(() => Context.current().heartbeat('alive'), 100);
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      cancelled,
      new Promise((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
    ]);
  } finally {
    clearInterval(beat);
    clearTimeout(timer);
  }
}

function refused(type: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message: `${type} in the storm`, nonRetryable: true });
}

function lost(): ApplicationFailure {
  return ApplicationFailure.create({ type: 'ANSWER_LOST', message: 'lost in the storm', nextRetryDelay: 20 });
}

/** A world in which everything is slow, breaks and loses answers, and which keeps the truth of what was sent. */
function world(random: () => number) {
  const messages = new Map<string, number>();
  const running = new Map<string, number>();
  const truth = { messages, mostAtOnce: 0 };
  const alone = async <T>(transferId: string, work: () => Promise<T>): Promise<T> => {
    const now = (running.get(transferId) ?? 0) + 1;
    running.set(transferId, now);
    truth.mostAtOnce = Math.max(truth.mostAtOnce, now);
    try {
      return await work();
    } finally {
      running.set(transferId, (running.get(transferId) ?? 1) - 1);
    }
  };
  const trouble = async (): Promise<void> => {
    await aWhile(random() * 200);
    const dice = random();
    if (dice < 0.15) throw refused('CREDENTIALS_REFUSED');
    if (dice < 0.3) throw lost();
  };
  const activities: Partial<StandIns> = {
    upload: (input) =>
      alone(input.transferId, async () => {
        await trouble();
        return everythingWorks.upload(input);
      }),
    publish: (input) =>
      alone(input.transferId, async () => {
        const { transferId, lookFirst, lookOnly } = input;
        const looks = lookFirst || Context.current().info.attempt > 1;
        if (looks && (messages.get(transferId) ?? 0) > 0) return messageIn('c1');
        if (lookOnly) return null;
        await trouble();
        messages.set(transferId, (messages.get(transferId) ?? 0) + 1);
        await trouble();
        return messageIn('c1');
      }),
    fetch: (input) =>
      alone(input.transferId, async () => {
        await trouble();
        return everythingWorks.fetch(input);
      }),
  };
  return { activities, truth };
}

const COMMANDS: readonly CommandName[] = ['pause', 'resume', 'retry'];

/** Commands at random for a while, by update and by signal; then lets it go on until it has ended. */
async function steer(handle: WorkflowHandle, random: () => number): Promise<TransferResult> {
  const seen = { over: false };
  const result = (handle.result() as Promise<TransferResult>).finally(() => {
    seen.over = true;
  });
  for (let commands = 0; commands < 12 && !seen.over; commands += 1) {
    const name = COMMANDS[Math.floor(random() * COMMANDS.length)]!;
    if (random() < 0.3) await handle.signal(name, { commandId: `s${commands}` }).catch(() => undefined);
    else await order(handle, name).catch(() => undefined);
  }
  while (!seen.over) {
    const { state } = await handle.query<WorkflowView>(VIEW_QUERY).catch(() => ({ state: 'done' }));
    if (state === 'paused') await order(handle, 'resume').catch(() => undefined);
    else if (state === 'parked') await order(handle, 'retry').catch(() => undefined);
    else await Promise.race([result, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  return result;
}

test('Whatever people command at whatever moment, each file is published once and no step runs beside itself.', async () => {
  const random = seeded(20_260_822);
  const { activities, truth } = world(random);
  await stage.play(activities, async (client) => {
    const inputs = Array.from({ length: 12 }, () => inputOf({ fetchTo: '/data/back' }));
    const handles = await Promise.all(inputs.map((input) => start(client, input)));
    const results = await Promise.all(handles.map((handle) => steer(handle, random)));
    expect(results.map(({ state }) => state)).toEqual(inputs.map(() => 'done'));
    expect(inputs.map(({ transferId }) => truth.messages.get(transferId))).toEqual(inputs.map(() => 1));
    expect(truth.mostAtOnce).toBe(1);
  });
});

test('Cancelled at whatever moment, a transfer says truly whether its message was published.', async () => {
  const random = seeded(7);
  const { activities, truth } = world(random);
  await stage.play(activities, async (client) => {
    const inputs = Array.from({ length: 12 }, () => inputOf());
    const handles = await Promise.all(inputs.map((input) => start(client, input)));
    const ends = await Promise.all(
      handles.map(async (handle) => {
        await aMoment(random() * 2500);
        await handle.cancel().catch(() => undefined);
        await order(handle, 'retry').catch(() => undefined);
        return (handle.result() as Promise<TransferResult>).catch((error: { cause?: unknown }) => error.cause);
      }),
    );
    const sent = inputs.map(({ transferId }) => truth.messages.get(transferId) ?? 0);
    expect(ends.map(messagesToldBy)).toEqual(sent);
    expect(Math.max(...sent)).toBeLessThanOrEqual(1);
  });
});

/** How many messages an end speaks of; closed as cancelled means that surely none was sent. */
function messagesToldBy(end: unknown): unknown {
  if (end instanceof CancelledFailure) return 0;
  if (end instanceof Error) return end;
  return (end as TransferResult).receipt === null ? 0 : 1;
}

function aMoment(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
