import type { TransferEvent, TransferStatus } from '../../../client/types';
import { createRateMeter, type RateMeter } from './rate-meter';

/** A transfer that the command line follows. */
export interface FollowItem {
  readonly transferId: string;
  /** Its name on the screen: the base name, or the path where two base names are equal. */
  readonly label: string;
  /** As the person named it. */
  readonly source: string;
  readonly host: string;
  /** This send attached to an equal send that was started before. */
  readonly repeated: boolean;
  /** Notes about the file that were printed already. */
  readonly notes?: readonly string[];
}

/** A followed transfer with its last status. */
export interface Tracked {
  readonly item: FollowItem;
  readonly rate: RateMeter;
  status: TransferStatus | null;
  /** The begin of its wait, from the server or as observed; null when unknown. */
  waitingSinceMs: number | null;
  /** The time of its last observed change. */
  changedAtMs: number;
}

export function track(item: FollowItem, nowMs: number): Tracked {
  return { item, rate: createRateMeter(), status: null, waitingSinceMs: null, changedAtMs: nowMs };
}

export function isHeld(status: TransferStatus | null): boolean {
  return status?.state === 'waiting' || status?.state === 'parked' || status?.state === 'paused';
}

/** True when the transfer waits for something that people want to know about, not only for its turn. */
export function isTroubled(status: TransferStatus | null): boolean {
  return isHeld(status) && status?.error !== null;
}

/** Applies an event. Call it before the event is reported. */
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
