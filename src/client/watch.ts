import { isFerryError } from '../errors';
import { pause } from '../lib/pause';
import { awaitOutcome } from './close-event';
import type { ClientContext } from './context';
import { isPassing } from './failures';
import { takeSnapshot } from './snapshot';
import { createViewReader, statusOf, type ViewReader } from './status';
import type { TransferEvent, TransferEventKind, TransferStatus } from './types';

const DEFAULT_INTERVAL_MS = 500;

/** All watchers of one client together look at most 40 times a second: looking must not slow down what is looked at. */
const SHARE_MS = 25;

/** A server holds 1,200 long polls of a namespace open, and workers need theirs. */
const MOST_LONG_POLLS = 800;

/** More watchers than these ask a worker only where the server cannot tell the step: each question is work for it. */
const CROWD = 16;

export interface WatchOptions {
  readonly signal?: AbortSignal;
  readonly intervalMs?: number;
}

/**
 * Follows a transfer until it has ended: its events, one status each. While Temporal is away it yields nothing and keeps
 * trying; it returns early when the signal fires. TRANSFER_UNKNOWN.
 */
export async function* watchTransfer(
  context: ClientContext,
  transferId: string,
  { signal, intervalMs = DEFAULT_INTERVAL_MS }: WatchOptions = {},
): AsyncGenerator<TransferEvent, void, undefined> {
  const readView = createViewReader(context);
  const waker = wakeAtEnd(context, transferId, signal);
  let last: TransferStatus | null = null;
  context.watchers.count += 1;
  try {
    for (;;) {
      if (signal?.aborted === true) return;
      const status = await look(context, transferId, readView);
      if (status !== null) {
        for (const kind of changesBetween(last, status)) yield eventOf(kind, status);
        if (isOver(status)) return;
        last = status;
      }
      await waker.pause(Math.max(intervalMs, context.watchers.count * SHARE_MS));
    }
  } finally {
    context.watchers.count -= 1;
    waker.stop();
  }
}

async function look(context: ClientContext, transferId: string, readView: ViewReader): Promise<TransferStatus | null> {
  try {
    const snapshot = await takeSnapshot(context.server, transferId);
    const step = snapshot.activity?.step ?? null;
    if (step === null || context.watchers.count <= CROWD) return await statusOf(context, snapshot, readView);
    // Not asked is not unanswered: of a pending step the server's word is as fresh as any.
    return { ...(await statusOf(context, snapshot)), stale: false };
  } catch (error) {
    if (isFerryError(error) && isPassing(error)) return null;
    throw error;
  }
}

interface Waker {
  /** Shorter when the transfer ends meanwhile. */
  pause(ms: number): Promise<void>;
  stop(): void;
}

/** Holds one long poll for the end of the transfer, so that an end is told at once and not at the next look. */
function wakeAtEnd(context: ClientContext, transferId: string, signal?: AbortSignal): Waker {
  const ended = new AbortController();
  const stopped = new AbortController();
  if (context.watchers.count < MOST_LONG_POLLS) {
    // What it fails with, looking fails with as well.
    void awaitOutcome(context.server, transferId, stopped.signal).then(
      () => ended.abort(),
      () => undefined,
    );
  }
  let woken = false;
  const stop = (): void => stopped.abort();
  signal?.addEventListener('abort', stop, { once: true });
  return {
    async pause(ms) {
      // Woken once only: should the server be slow to tell the rest, looking goes on at its usual pace.
      const either = new AbortController();
      const end = (): void => either.abort();
      if (!woken) ended.signal.addEventListener('abort', end, { once: true });
      stopped.signal.addEventListener('abort', end, { once: true });
      if ((ended.signal.aborted && !woken) || stopped.signal.aborted) end();
      await pause(ms, either.signal);
      ended.signal.removeEventListener('abort', end);
      stopped.signal.removeEventListener('abort', end);
      woken = ended.signal.aborted;
    },
    stop() {
      signal?.removeEventListener('abort', stop);
      stopped.abort();
    },
  };
}

/** What is worth an event between two looks; what happened and passed in between is not seen. */
export function changesBetween(before: TransferStatus | null, now: TransferStatus): readonly TransferEventKind[] {
  if (isOver(now)) return ['end'];
  if (before === null) return ['state'];
  const kinds: TransferEventKind[] = [];
  if (now.step !== before.step) kinds.push('step');
  if (now.urlRenewals > before.urlRenewals) kinds.push('renewal');
  if (isNewTry(before, now)) kinds.push('retry');
  if (now.state !== before.state || now.waitingFor !== before.waitingFor) kinds.push('state');
  if (now.bytesDone !== before.bytesDone || now.sizeBytes !== before.sizeBytes) kinds.push('progress');
  return kinds;
}

/** Once for each failed attempt, and once for each pause that the workflow itself makes after a failure. */
function isNewTry(before: TransferStatus, now: TransferStatus): boolean {
  const attempts = now.step === before.step ? before.attempt : 1;
  if (now.attempt > attempts) return true;
  return now.attempt === 1 && now.error !== null && now.nextTryAt !== null && now.nextTryAt !== before.nextTryAt;
}

function isOver({ state }: TransferStatus): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}

function eventOf(kind: TransferEventKind, status: TransferStatus): TransferEvent {
  return { type: 'event', v: 1, at: new Date().toISOString(), kind, transferId: status.transferId, status };
}
