import type { FerryClient, TransferEvent, TransferOutcome } from '../../../client/types';
import { toFerryError } from '../../../errors';
import { absorb, isHeld, track, type FollowItem, type Tracked } from './tracked';

export interface FollowerOptions {
  readonly client: Pick<FerryClient, 'watch' | 'result'>;
  /** Ends the following, never the transfers. */
  readonly signal: AbortSignal;
  readonly onEvent: (tracked: Tracked, event: TransferEvent) => void;
  readonly onEnd: (tracked: Tracked, outcome: TransferOutcome) => Promise<void> | void;
  readonly now: () => number;
  /** How many transfers are watched at the same time. @default 64 */
  readonly lanes?: number;
}

export interface Follower {
  add(item: FollowItem): void;
  /** All transfers that were added and have not ended. */
  unfinished(): readonly Tracked[];
  /** Resolves when all added transfers have ended, or when the signal fires. */
  idle(): Promise<void>;
}

const TURN_CHECK_MS = 500;
const HELD_TURN_MS = 3000;
const SILENT_TURN_MS = 10_000;

/**
 * Follows any number of transfers with a bounded number of watches. Transfers run about in the order of their start, so
 * the first in the queue are active. A transfer that waits or stays silent gives its place to the next transfer and is
 * watched again later, so a few stuck transfers cannot hide the end of thousands.
 */
export function createFollower(options: FollowerOptions): Follower {
  const lanes = options.lanes ?? 64;
  const queue: Tracked[] = [];
  const open = new Set<Tracked>();
  let active = 0;
  let wake: (() => void)[] = [];

  const settle = (): void => {
    if (active > 0 || (open.size > 0 && !options.signal.aborted)) return;
    for (const resolve of wake) resolve();
    wake = [];
  };
  const spawn = (): void => {
    while (active < lanes && active < open.size && queue.length > 0) {
      active += 1;
      void runLane(queue, open, options).finally(() => {
        active -= 1;
        spawn();
        settle();
      });
      if (options.signal.aborted) break;
    }
  };
  return {
    add(item) {
      const tracked = track(item, options.now());
      open.add(tracked);
      queue.push(tracked);
      spawn();
    },
    unfinished: () => [...open],
    idle: () =>
      new Promise((resolve) => {
        wake.push(resolve);
        options.signal.addEventListener('abort', settle, { once: true });
        settle();
      }),
  };
}

async function runLane(queue: Tracked[], open: Set<Tracked>, options: FollowerOptions): Promise<void> {
  for (let next = queue.shift(); next !== undefined && !options.signal.aborted; next = queue.shift()) {
    const tracked = next;
    const outcome = await watchTurn(tracked, options, () => queue.length > 0);
    if (outcome === null) {
      queue.push(tracked);
      continue;
    }
    open.delete(tracked);
    await options.onEnd(tracked, outcome);
  }
}

/** Watches one transfer until it ends (returns its outcome) or gives its place away (returns null). */
async function watchTurn(
  tracked: Tracked,
  options: FollowerOptions,
  othersWait: () => boolean,
): Promise<TransferOutcome | null> {
  const turn = new AbortController();
  const began = options.now();
  const timer = setInterval(() => {
    const quietMs = options.now() - Math.max(began, tracked.changedAtMs);
    if (othersWait() && quietMs > (isHeld(tracked.status) ? HELD_TURN_MS : SILENT_TURN_MS)) turn.abort();
  }, TURN_CHECK_MS);
  const signal = AbortSignal.any([options.signal, turn.signal]);
  try {
    for await (const event of options.client.watch(tracked.item.transferId, { signal })) {
      absorb(tracked, event, options.now());
      options.onEvent(tracked, event);
      const outcome = outcomeIn(event);
      if (outcome !== null) return outcome;
    }
    return signal.aborted ? null : await options.client.result(tracked.item.transferId, signal);
  } catch (error) {
    if (signal.aborted) return null;
    const { code, message, remedy } = toFerryError(error);
    return { state: 'failed', receipt: null, error: { code, message, remedy } };
  } finally {
    clearInterval(timer);
  }
}

/**
 * The outcome in an event; null while the transfer goes on. A parked transfer counts as ended, because it goes on only
 * when a person acts.
 */
export function outcomeIn({ kind, status }: TransferEvent): TransferOutcome | null {
  const parked = status.state === 'parked' && status.error !== null;
  if (kind !== 'end' && !parked) return null;
  const state = status.state === 'done' || status.state === 'cancelled' ? status.state : 'failed';
  return { state, receipt: status.receipt, error: status.error };
}
