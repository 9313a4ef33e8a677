import { isEnd } from '../contract';
import { isFerryError } from '../errors';
import type { ClientContext } from './context';
import { isPassing } from './failures';
import { takeSnapshot } from './snapshot';
import { createViewReader, statusOf, type ViewReader } from './status';
import type { TransferEvent, TransferEventKind, TransferStatus } from './types';
import { wakeAtEnd } from './wake-at-end';

const DEFAULT_INTERVAL_MS = 500;

/** All watchers of a client together look at most 40 times a second, so that they do not slow down the transfers. */
const SHARE_MS = 25;

/** Above this number of watchers, a worker is queried only when the server does not know the step: a query costs work. */
const CROWD = 16;

export interface WatchOptions {
  readonly signal?: AbortSignal;
  readonly intervalMs?: number;
}

/**
 * Yields the events of a transfer, each with a status, until the transfer has ended or the signal fires. While Temporal
 * is away the iterator yields nothing and keeps trying.
 *
 * @throws {FerryError} TRANSFER_UNKNOWN
 */
export async function* watchTransfer(
  context: ClientContext,
  transferId: string,
  { signal, intervalMs = DEFAULT_INTERVAL_MS }: WatchOptions = {},
): AsyncGenerator<TransferEvent, void, undefined> {
  const readView = createViewReader(context);
  const waker = wakeAtEnd(context, transferId, signal);
  let last: TransferStatus | null = null;
  try {
    for (;;) {
      if (signal?.aborted === true) return;
      const status = await look(context, transferId, readView);
      if (status !== null) {
        for (const kind of changesBetween(last, status)) yield eventOf(kind, status);
        if (isEnd(status.state)) return;
        last = status;
      }
      await waker.pause(Math.max(intervalMs, context.watchers.count * SHARE_MS));
    }
  } finally {
    waker.stop();
  }
}

async function look(context: ClientContext, transferId: string, readView: ViewReader): Promise<TransferStatus | null> {
  try {
    const snapshot = await takeSnapshot(context.server, transferId);
    const step = snapshot.activity?.step ?? null;
    if (step === null || context.watchers.count <= CROWD) return await statusOf(context, snapshot, readView);
    // A worker that was not queried is not silent: the server knows a pending step just as well.
    return { ...(await statusOf(context, snapshot)), stale: false };
  } catch (error) {
    if (isFerryError(error) && isPassing(error)) return null;
    throw error;
  }
}

/** The events between two looks. A change that was reverted between them is not seen. */
export function changesBetween(before: TransferStatus | null, now: TransferStatus): readonly TransferEventKind[] {
  if (isEnd(now.state)) return ['end'];
  if (before === null) return ['state'];
  const kinds: TransferEventKind[] = [];
  if (now.step !== before.step) kinds.push('step');
  if (now.urlRenewals > before.urlRenewals) kinds.push('renewal');
  if (isNewTry(before, now)) kinds.push('retry');
  if (now.state !== before.state || now.waitingFor !== before.waitingFor) kinds.push('state');
  if (now.bytesDone !== before.bytesDone || now.sizeBytes !== before.sizeBytes) kinds.push('progress');
  return kinds;
}

/** Counts each failed attempt, and each pause that the workflow makes after a failure. */
function isNewTry(before: TransferStatus, now: TransferStatus): boolean {
  const attempts = now.step === before.step ? before.attempt : 1;
  if (now.attempt > attempts) return true;
  return now.attempt === 1 && now.error !== null && now.nextTryAt !== null && now.nextTryAt !== before.nextTryAt;
}

function eventOf(kind: TransferEventKind, status: TransferStatus): TransferEvent {
  return { type: 'event', v: 1, at: new Date().toISOString(), kind, transferId: status.transferId, status };
}
