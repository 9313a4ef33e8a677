import {
  ActivityCancelledError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
} from '@temporalio/client';
import { FerryError } from '../errors';
import type { Attempt } from './edge';

/**
 * How long a confirmation allows a frame to leave. The server starts another attempt 15 s after the last heartbeat that
 * it received (the activity's heartbeatTimeout). A frame that leaves earlier leaves before that attempt begins.
 */
export const FENCE_VALID_MS = 10_000;

/** Time for the worker to learn why the server wants an attempt to stop. */
const STOP_WITHIN_MS = 3000;

/**
 * Sends a heartbeat at once and waits until the server has acknowledged it. The SDK's heartbeats are throttled and not
 * acknowledged.
 */
export type ConfirmHeartbeat = (taskToken: Uint8Array, details: unknown) => Promise<void>;

/** Allows a request that must not be made twice, while the server cannot start another attempt. */
export interface Fence {
  /** Awaits the server's confirmation that this attempt is the current attempt. Sends the present details. */
  confirm(): Promise<void>;
  /** True while a request may leave. */
  isFresh(): boolean;
  /** Call it in the tick in which the request leaves. Throws when the confirmation is too old. */
  check(): void;
}

/**
 * Both clocks must agree: the monotonic clock stands still while the machine sleeps, and the wall clock can be set.
 *
 * @param what subject of the message when the fence refuses
 */
export function createFence<Details>(
  confirmHeartbeat: ConfirmHeartbeat,
  attempt: Attempt<Details>,
  what: string,
): Fence {
  let monotonic = -Infinity;
  let wall = -Infinity;
  const isFresh = (): boolean =>
    performance.now() - monotonic < FENCE_VALID_MS && Math.abs(Date.now() - wall) < FENCE_VALID_MS;
  return {
    isFresh,
    async confirm() {
      const sentMonotonic = performance.now();
      const sentWall = Date.now();
      try {
        // A heartbeat without details would erase the earlier details.
        await confirmHeartbeat(attempt.taskToken, attempt.details ?? attempt.previous);
      } catch (error) {
        throw await refusal(error, attempt.signal, what);
      }
      monotonic = sentMonotonic;
      wall = sentWall;
    },
    check() {
      if (!isFresh()) throw heldUp(what);
    },
  };
}

export function heldUp(what: string): FerryError {
  return new FerryError('STALLED', `${what} was held up for too long; Ferry looks and tries again.`, {
    retryAfterMs: 1000,
  });
}

async function refusal(error: unknown, signal: AbortSignal, what: string): Promise<unknown> {
  if (error instanceof ActivityNotFoundError) {
    return new FerryError('STALLED', `${what} was held up until another attempt took over.`, { retryAfterMs: 1000 });
  }
  const mustStop =
    error instanceof ActivityCancelledError ||
    error instanceof ActivityPausedError ||
    error instanceof ActivityResetError;
  // The worker learns the reason with its next heartbeat; the edge reports it.
  if (mustStop) return (await reasonOf(signal)) ?? heldUp(what);
  return new FerryError('TEMPORAL_UNREACHABLE', `${what} waits: the Temporal server gave no answer.`, {
    cause: error,
    retryAfterMs: 1000,
  });
}

async function reasonOf(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, STOP_WITHIN_MS);
      signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
  }
  return signal.aborted ? signal.reason : null;
}
