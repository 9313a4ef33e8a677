import type { Action, PartName, Plan, PlannedFile } from '../kit/plan';
import { chanceFor } from '../kit/random';
import type { JobChaosOptions } from './options';

/** The host of the job has two workers: one may go on beside an attempt of the other. */
const PARTS: readonly PartName[] = ['temporal', 'sandbox', 'worker-a', 'worker-a2'];

export interface Pause {
  readonly atMs: number;
  readonly forMs: number;
}

/** One wave that the kit does not send: it only makes the files. */
export function planOf(options: JobChaosOptions): Plan {
  const draw = chanceFor(options.seed, 'files of a job');
  const files = Array.from({ length: options.files }, (_, index): PlannedFile => ({
    name: `${String(index).padStart(6, '0')}-${options.seed}.jpg`,
    sizeBytes: draw.logarithmic(1000, 60_000),
  }));
  const wave = {
    id: 'job',
    atMs: 0,
    host: 'a',
    consumer: 'ann',
    target: 'disk',
    againAtMs: [],
    killAfterMs: null,
  } as const;
  return {
    seed: options.seed,
    cluster: false,
    forMs: options.seconds * 1000,
    consumerMode: 'signup',
    urlLifeSeconds: 60,
    waves: [{ ...wave, files }],
    actions: killsOf(options),
  };
}

function killsOf({ seed, kills, seconds }: JobChaosOptions): readonly Action[] {
  return PARTS.flatMap((part) => {
    const draw = chanceFor(seed, `kills of ${part}`);
    return Array.from({ length: kills }, (): Action => ({
      kind: 'kill',
      atMs: draw.whole(1000, Math.max(1000, (seconds - 3) * 1000)),
      forMs: draw.whole(0, 1500),
      part,
    }));
  }).toSorted((one, other) => one.atMs - other.atMs);
}

/** One after the other, so that each is followed by a resume. */
export function pausesOf({ seed, pauses, seconds }: JobChaosOptions): readonly Pause[] {
  const draw = chanceFor(seed, 'pauses');
  const share = (seconds * 1000) / Math.max(1, pauses);
  return Array.from({ length: pauses }, (_, index) => ({
    atMs: Math.round(index * share + draw.next() * share * 0.5),
    forMs: Math.round(draw.next() * share * 0.25),
  }));
}
