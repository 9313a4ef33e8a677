import type { TransferEvent, TransferStatus } from '../../../client/types';
import { createRateMeter, type RateMeter } from './rate-meter';

/** A transfer that the command line follows. */
export interface FollowItem {
  readonly transferId: string;
  /** What stands for it on the screen: its base name, or its path where two base names are equal. */
  readonly label: string;
  /** As the person named it. */
  readonly source: string;
  readonly host: string;
  /** An equal send had been started before; this one attached to it. */
  readonly repeated: boolean;
  /** What was noted about the file and told already. */
  readonly notes?: readonly string[];
}

/** A followed transfer with what was seen of it so far. */
export interface Tracked {
  readonly item: FollowItem;
  readonly rate: RateMeter;
  status: TransferStatus | null;
  /** When it began to wait, as the server knows or as we saw it begin; null otherwise (then nothing is claimed). */
  waitingSinceMs: number | null;
  /** When it was last seen to change. */
  changedAtMs: number;
}

export function track(item: FollowItem, nowMs: number): Tracked {
  return { item, rate: createRateMeter(), status: null, waitingSinceMs: null, changedAtMs: nowMs };
}

export function isHeld(status: TransferStatus | null): boolean {
  return status?.state === 'waiting' || status?.state === 'parked' || status?.state === 'paused';
}

/** Held by something that somebody may want to know of; waiting for its turn is not. */
export function isTroubled(status: TransferStatus | null): boolean {
  return isHeld(status) && status?.error !== null;
}

/** Takes an event into account; call before it is reported. */
export function absorb(tracked: Tracked, event: TransferEvent, nowMs: number): void {
  const before = tracked.status;
  const { status } = event;
  if (!isHeld(status)) tracked.waitingSinceMs = null;
  else if (status.heldSince !== undefined) tracked.waitingSinceMs = Date.parse(status.heldSince);
  else if (before !== null && !isHeld(before)) tracked.waitingSinceMs = nowMs;
  if (before === null || before.step !== status.step || before.attempt !== status.attempt) tracked.rate.reset();
  tracked.rate.add(nowMs, status.bytesDone);
  tracked.status = status;
  tracked.changedAtMs = nowMs;
}
