import { pause } from '../../lib/pause';
import { isTroubled, type Tracked } from '../shared/follow/tracked';

/**
 * How many of one `send` are under way at the same moment. A thousand at once move no more bytes than these, but an
 * embedded Temporal answers none of them in time (seen on two busy cores: nothing done in three minutes).
 */
const WINDOW = 64;
/** Those in trouble for so long leave their place to others: one bad file must not hold up the rest. */
const TROUBLED_MS = 30_000;
/** In an outage all are in trouble; more than this are no help to anybody. */
const MOST = 512;
const LOOK_MS = 50;

export function hasRoom(unfinished: readonly Tracked[], nowMs: number): boolean {
  if (unfinished.length >= MOST) return false;
  const stuck = unfinished.filter(
    ({ status, waitingSinceMs, changedAtMs }) =>
      isTroubled(status) && nowMs - (waitingSinceMs ?? changedAtMs) > TROUBLED_MS,
  );
  return unfinished.length - stuck.length < WINDOW;
}

/** Waits until there is room for one more, or the signal fires. */
export async function roomForOneMore(
  unfinished: () => readonly Tracked[],
  now: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && !hasRoom(unfinished(), now())) {
    await pause(LOOK_MS, signal);
  }
}
