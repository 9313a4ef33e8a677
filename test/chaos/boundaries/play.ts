import { setTimeout as sleep } from 'node:timers/promises';
import type { TransferOutcome } from '../../../src/client';
import type { SeenConversation, SeenMessage } from '../kit/sandbox-view';
import { casesAt, type Moment } from './cases';
import type { Site } from './site';
import { openTheatre, type Started, type Theatre } from './theatre';

/** What both ends say of one case when everything has ended. */
export interface Played {
  /** The worker was killed there at all. */
  readonly reached: boolean;
  readonly outcomes: readonly TransferOutcome[];
  readonly messages: readonly SeenMessage[];
  readonly conversations: readonly SeenConversation[];
}

/** Requests that arrive within this time of each other share one kill; shorter than they are held. */
const GATHER_MS = 4000;
const REACHED_WITHIN_MS = 120_000;

/** All sites live in this process: to look more often would keep them from their work. */
const LOOK_EVERY_MS = 200;

interface Acting {
  reached: boolean;
  readonly site: Site;
  readonly started: Started[];
}

/** Kills the one worker at this moment of each case, and lets its successors finish. */
export async function play(moment: Moment): Promise<ReadonlyMap<string, Played>> {
  const theatre = await openTheatre(casesAt(moment));
  try {
    const all = theatre.sites.map((site): Acting => ({ site, started: [], reached: false }));
    // First tries, then second ones: a kill for the ones would only hold up the others.
    for (const again of [false, true]) {
      const these = all.filter(({ site }) => site.of.prelude.length > 0 === again);
      await Promise.all(these.map((acting) => startOne(theatre, acting)));
      await killAll(theatre, moment, these);
    }
    const played = await Promise.all(
      all.map(async ({ site, started, reached }): Promise<[string, Played]> => {
        const outcomes = await Promise.all(started.map(({ transferId }) => theatre.ferry.result(transferId)));
        const messages = (await site.view.messages()).filter(({ contentType }) => contentType === 'hosted/file');
        return [site.of.id, { reached, outcomes, messages, conversations: await site.view.conversations() }];
      }),
    );
    return new Map(played);
  } finally {
    await theatre.close();
  }
}

async function waitFor<T>(look: () => Promise<T | undefined> | T | undefined, withinMs = 120_000): Promise<T> {
  for (const end = performance.now() + withinMs; ;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > end) throw new Error(`Waited ${withinMs} ms in vain.`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function startOne(theatre: Theatre, { site, started }: Acting): Promise<void> {
  await site.arm();
  started.push(await theatre.send(site));
}

async function killAll(theatre: Theatre, moment: Moment, all: readonly Acting[]): Promise<void> {
  const open = new Set(all);
  while (open.size > 0) {
    const there = await waitFor(() => gather([...open]), REACHED_WITHIN_MS).catch(() => null);
    // It says so itself: not reached.
    if (there === null) return;
    const caught = await killAt(theatre, moment, there);
    for (const acting of open) {
      if (caught.includes(acting)) {
        acting.reached = true;
        open.delete(acting);
      }
      // Answered before anybody acted, or come just when others were killed: once more, with another consumer.
      else if ((await acting.site.arrivedAt()) !== null) await startOne(theatre, acting);
    }
  }
}

/** Those whose request is held now, once all are or the first has waited long enough. */
async function gather(open: readonly Acting[]): Promise<Acting[] | undefined> {
  const times = await Promise.all(open.map(({ site }) => site.arrivedAt()));
  const arrived = times.filter((at) => at !== null);
  if (arrived.length === 0) return undefined;
  const isTime = arrived.length === open.length || performance.now() - Math.min(...arrived) > GATHER_MS;
  return isTime ? open.filter((_, index) => times[index] !== null) : undefined;
}

/** @returns those whose boundary was met */
async function killAt(theatre: Theatre, moment: Moment, there: readonly Acting[]): Promise<Acting[]> {
  const { worker, line } = theatre;
  const before = await Promise.all(there.map((acting) => completionsOf(theatre, acting)));
  if (moment === 'done') worker.signal('SIGSTOP');
  if (moment === 'answered') line.holdUp();
  if (moment === 'arrived') {
    worker.signal('SIGKILL');
    await worker.gone();
  }
  const late = await Promise.all(there.map(({ site }) => site.answered()));
  const caught = there.filter((_, index) => late[index] === false);
  if (moment !== 'arrived') {
    await waitFor(async () => ((await allAnswered(caught)) ? true : undefined));
    const held = line.heldBytes();
    if (moment === 'answered' && caught.length > 0) {
      await waitFor(() => (line.heldBytes() > held ? true : undefined));
    }
    if (moment === 'told') {
      const isTold = async (acting: Acting): Promise<boolean> =>
        (await completionsOf(theatre, acting)) > before[there.indexOf(acting)]!;
      await waitFor(async () => ((await Promise.all(caught.map(isTold))).every(Boolean) ? true : undefined));
    }
    worker.signal('SIGKILL');
    await worker.gone();
  }
  line.release();
  await worker.start();
  return caught;
}

async function allAnswered(all: readonly Acting[]): Promise<boolean> {
  return (await Promise.all(all.map(({ site }) => site.answered()))).every(Boolean);
}

async function completionsOf(theatre: Theatre, { site, started }: Acting): Promise<number> {
  if (site.of.ends === null) return 0;
  const counts = await Promise.all(started.map((each) => theatre.completions(site.of, each)));
  return counts.reduce((sum, count) => sum + count, 0);
}
