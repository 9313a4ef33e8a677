import { pause } from '../../lib/pause';
import { isTroubled, type Tracked } from '../shared/follow/tracked';

/**
 * How many transfers of one `send` run at the same time. A thousand move no more bytes, and an embedded Temporal
 * answers none of them in time (seen on two busy cores: nothing was done in three minutes).
 */
const WINDOW = 64;
/** A transfer that has waited for this long does not count, so that one bad file does not hold up the others. */
const TROUBLED_MS = 30_000;
/** The limit for all transfers, also in an outage, when all of them wait. */
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

/** Waits until another transfer may start, or the signal fires. */
export async function roomForOneMore(
  unfinished: () => readonly Tracked[],
  now: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && !hasRoom(unfinished(), now())) {
    await pause(LOOK_MS, signal);
  }
}
