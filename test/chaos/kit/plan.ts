import type { FaultRule } from '../../../sandbox/types';
import { faultRules } from './fault-rules';
import type { ChaosOptions } from './options';
import { chanceFor, type Chance } from './random';

export const HOSTS = ['a', 'b'] as const;
export type Host = (typeof HOSTS)[number];
export const CONSUMERS = ['ann', 'bob', 'cleo'] as const;

/** Two workers for each host id: one may go on beside the attempt of another that was stopped. */
export const WORKERS = ['worker-a', 'worker-a2', 'worker-b', 'worker-b2'] as const;
export type WorkerName = (typeof WORKERS)[number];

export const PARTS = ['temporal', 'sandbox', ...WORKERS] as const;
/** What a cluster has besides: another Temporal server, and the database of both. */
export const CLUSTER_PARTS = ['temporal-2', 'postgres'] as const;
export type PartName = (typeof PARTS)[number] | (typeof CLUSTER_PARTS)[number];

/** `small`: the small disk that gets full. */
export type Target = 'disk' | 'small';

export interface PlannedFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/** One `ferry send` of some files; sent until it is accepted. */
export interface Wave {
  readonly id: string;
  readonly atMs: number;
  readonly host: Host;
  readonly consumer: string;
  readonly target: Target;
  readonly files: readonly PlannedFile[];
  /** The same command again, at these times: it must not send again. */
  readonly againAtMs: readonly number[];
  /** Its first try is killed after this long; null: let be. */
  readonly killAfterMs: number | null;
}

/** What is done to the parts; everything ends by itself after `forMs`. */
export type Action =
  | {
      /** Kills a worker just when a request at this point has come in: of one of the two, perhaps of this one. */
      readonly kind: 'aimed-kill';
      readonly atMs: number;
      readonly forMs: number;
      readonly part: PartName;
      readonly aim: FaultRule;
      /** Milliseconds between the request's coming and the kill. */
      readonly lateMs: number;
    }
  | {
      readonly kind: 'kill' | 'stop' | 'restart';
      readonly atMs: number;
      readonly forMs: number;
      readonly part: PartName;
    }
  | { readonly kind: 'fault'; readonly atMs: number; readonly rule: FaultRule }
  /** Copies Temporal's database; `restore-database` puts the copy back after everything was killed. */
  | { readonly kind: 'copy-database' | 'restore-database'; readonly atMs: number }
  | { readonly kind: 'fill-disk'; readonly atMs: number; readonly forMs: number }
  | { readonly kind: 'step-clock'; readonly atMs: number; readonly offsetMs: number };

export interface Plan {
  readonly seed: number;
  /** Temporal is a cluster on PostgreSQL. */
  readonly cluster: boolean;
  readonly forMs: number;
  readonly consumerMode: 'signup' | 'anonymous';
  readonly urlLifeSeconds: number;
  readonly waves: readonly Wave[];
  readonly actions: readonly Action[];
}

const LEAST_BYTES = 1000;
const MOST_BYTES = 64_000_000;
/** What goes to the small disk must fit there as a whole. */
const MOST_BYTES_SMALL = 2_000_000;

export type PlanOptions = Pick<ChaosOptions, 'seed' | 'transfers' | 'minutes'>;

/** A pure function of its options: the same seed, numbers and Ferry give the same plan. */
export function makePlan({ seed, transfers, minutes }: PlanOptions, cluster = false): Plan {
  const forMs = Math.round(minutes * 60_000);
  const basics = chanceFor(seed, 'basics');
  const consumerMode = basics.pick(['signup', 'anonymous'] as const);
  const actions = [
    ...WORKERS.flatMap((worker) => partActions(seed, worker, forMs, 24_000)),
    ...partActions(seed, 'sandbox', forMs, 20_000),
    ...partActions(seed, 'temporal', forMs, 28_000),
    ...faultActions(seed, forMs, consumerMode === 'anonymous'),
    ...diskActions(seed, forMs),
    ...clockActions(seed, forMs),
    ...(cluster ? clusterActions(seed, forMs) : databaseActions(seed, forMs)),
  ].sort((one, other) => one.atMs - other.atMs);
  return {
    seed,
    cluster,
    forMs,
    consumerMode,
    urlLifeSeconds: basics.pick([3, 10, 60]),
    waves: planWaves(seed, transfers, forMs),
    actions,
  };
}

function planWaves(seed: number, transfers: number, forMs: number): Wave[] {
  const draw = chanceFor(seed, 'waves');
  const waves: Wave[] = [];
  for (let left = transfers, number = 1; left > 0; number += 1) {
    const target: Target = draw.maybe(0.3) ? 'small' : 'disk';
    const count = Math.min(left, draw.whole(1, Math.max(2, Math.ceil(transfers / 15))));
    const atMs = Math.round(draw.next() * forMs * 0.75);
    const files = Array.from({ length: count }, (_, index) => ({
      name: `${number}-${index}.jpg`,
      sizeBytes: draw.logarithmic(LEAST_BYTES, target === 'small' ? MOST_BYTES_SMALL : MOST_BYTES),
    }));
    waves.push({
      id: `wave-${number}`,
      atMs,
      host: draw.pick(HOSTS),
      consumer: draw.pick(CONSUMERS),
      target,
      files,
      againAtMs: draw.maybe(0.3) ? [Math.round(atMs + draw.next() * (forMs - atMs))] : [],
      killAfterMs: draw.maybe(0.25) ? draw.whole(100, 1500) : null,
    });
    left -= count;
  }
  return waves.sort((one, other) => one.atMs - other.atMs);
}

/** PostgreSQL is only killed: with SIGTERM it waits for its clients, and SIGSTOP of one of its processes stops little. */
function clusterActions(seed: number, forMs: number): Action[] {
  return [...partActions(seed, 'temporal-2', forMs, 40_000), ...partActions(seed, 'postgres', forMs, 40_000, ['kill'])];
}

const KINDS = ['kill', 'kill', 'stop', 'restart'] as const;

/** One thing at a time for each part; different parts know nothing of each other. */
function partActions(
  seed: number,
  part: PartName,
  forMs: number,
  usualGapMs: number,
  kinds: readonly (typeof KINDS)[number][] = KINDS,
): Action[] {
  const draw = chanceFor(seed, part);
  const meanGapMs = Math.min(usualGapMs, forMs / 4);
  const actions: Action[] = [];
  for (let atMs = 1500 + draw.wait(meanGapMs); ;) {
    const kind = draw.pick(kinds);
    const lastsMs = Math.min(lasts(kind, part, draw), forMs - atMs);
    if (lastsMs < 200) return actions;
    const action = { atMs, forMs: lastsMs, part };
    const isAimed = kind === 'kill' && part.startsWith('worker') && draw.maybe(0.7);
    actions.push(isAimed ? { ...action, ...aim(draw) } : { ...action, kind });
    atMs += lastsMs + 1000 + draw.wait(meanGapMs);
  }
}

function lasts(kind: 'kill' | 'stop' | 'restart', part: PartName, draw: Chance): number {
  if (kind === 'restart') return draw.whole(200, 1000);
  // Longer than the heartbeat timeout (15 s): the stopped worker wakes up beside the attempt that has followed its own.
  if (kind === 'stop' && part.startsWith('worker') && draw.maybe(0.4)) return draw.whole(20_000, 90_000);
  return draw.logarithmic(300, 9000);
}

/** Where a kill hurts most; the request is held up a little, so that the kill comes before, in or after its body. */
function aim(draw: Chance): Pick<Extract<Action, { kind: 'aimed-kill' }>, 'kind' | 'aim' | 'lateMs'> {
  const at = draw.pick([
    'put',
    'put',
    'get',
    'request:ms.PublishEvent',
    'request:ms.PublishEvent',
    'request:cm.ConsumerRequestConversation',
  ]);
  const delayMs = draw.whole(20, 400);
  return { kind: 'aimed-kill', aim: { at, do: { delayMs }, times: 1 }, lateMs: draw.whole(0, delayMs + 300) };
}

function faultActions(seed: number, forMs: number, tokensMayExpire: boolean): Action[] {
  const draw = chanceFor(seed, 'faults');
  const rules = faultRules(tokensMayExpire);
  const actions: Action[] = [];
  for (let atMs = 500; atMs < forMs; atMs += 100 + draw.wait(900)) {
    const possible = draw.pick(rules);
    actions.push({ kind: 'fault', atMs, rule: { at: possible.at, do: possible.make(draw), times: draw.whole(1, 3) } });
  }
  return actions;
}

function diskActions(seed: number, forMs: number): Action[] {
  const draw = chanceFor(seed, 'disk');
  const actions: Action[] = [];
  for (let atMs = 2000 + draw.wait(forMs / 6); atMs < forMs - 1000;) {
    const lastsMs = draw.whole(3000, 12_000);
    actions.push({ kind: 'fill-disk', atMs, forMs: Math.min(lastsMs, forMs - atMs) });
    atMs += lastsMs + 2000 + draw.wait(Math.min(20_000, forMs / 6));
  }
  return actions;
}

/** A storm shorter than this has no older database: its consumers might not exist yet when the copy is taken. */
const LEAST_FOR_RESTORE_MS = 3 * 60_000;

/** Once: a copy near the middle, put back a while later. What was started between must be sent again by people. */
function databaseActions(seed: number, forMs: number): Action[] {
  if (forMs < LEAST_FOR_RESTORE_MS) return [];
  const draw = chanceFor(seed, 'database');
  const copyAtMs = Math.round(forMs * (0.35 + 0.1 * draw.next()));
  const restoreAtMs = copyAtMs + draw.whole(20_000, Math.round(forMs * 0.25));
  return [
    { kind: 'copy-database', atMs: copyAtMs },
    { kind: 'restore-database', atMs: restoreAtMs },
  ];
}

function clockActions(seed: number, forMs: number): Action[] {
  const draw = chanceFor(seed, 'clock');
  const actions: Action[] = [];
  for (let atMs = draw.wait(forMs / 6); atMs < forMs; atMs += 3000 + draw.wait(Math.min(40_000, forMs / 4))) {
    actions.push({ kind: 'step-clock', atMs, offsetMs: draw.maybe(0.3) ? 0 : draw.whole(-600_000, 600_000) });
  }
  return actions;
}
