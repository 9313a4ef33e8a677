import { askedOf, isEnd } from '../../contract';
import { timeLimit } from '../../lib/time-limit';
import type { FerryClient, TransferStatus } from '../../client/types';
import type { CommandEnvironment } from '../shared/command';
import { statusDocument } from '../shared/output/documents';
import { publishedWords } from '../shared/follow/published';
import { steering, type Steer, type SteerOptions } from '../shared/steer/steer';
import { KEPT } from '../shared/steer/tell';
import { safe } from '../shared/output/text';

/** A cancelled transfer with a worker ends within this time, unless it must first look for its message. */
const ENDED_WITHIN_MS = 6000;

/** A transfer that need not look ends within this time. After it, check whether a worker serves the transfer. */
const OBEYED_WITHIN_MS = 2000;

/** Cancels transfers. The request is durable at once, and takes effect when a worker serves the transfer. */
export const runCancel = steering(cancelling);

export function cancelling({ output }: CommandEnvironment, options: SteerOptions): Steer {
  let deadline: AbortSignal | undefined;
  return {
    title: 'Cancel',
    states: ['running', 'waiting', 'paused', 'parked'],
    async act(client, transferId) {
      await client.cancel(transferId, askedOf(options));
      // One wait for all transfers: without a worker, thousands must not wait one after the other.
      deadline ??= timeLimit(ENDED_WITHIN_MS);
      await ended(client, transferId, timeLimit(OBEYED_WITHIN_MS, deadline));
      let status = await client.status(transferId);
      if (mayEndSoon(status) && !deadline.aborted) {
        await ended(client, transferId, deadline);
        status = await client.status(transferId);
      }
      output.document(statusDocument(status));
      output.answer(cancelledWords(status));
    },
  };
}

async function ended(client: FerryClient, transferId: string, signal: AbortSignal): Promise<void> {
  try {
    await client.result(transferId, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function mayEndSoon({ state, stale, error }: TransferStatus): boolean {
  return !isEnd(state) && !stale && error?.code !== 'NO_WORKER';
}

function cancelledWords(status: TransferStatus): string {
  const { transferId, state, error, stale } = status;
  if (state !== 'cancelled') {
    return `Asked to cancel ${transferId}: ${publishedWords(status)} so far.${stale ? ` ${KEPT}` : ''}`;
  }
  // After a publish was tried, the workflow's own message tells the result.
  const said = status.receipt === null && status.step === 'publish' && error !== null ? error.message : null;
  return said === null ? `Cancelled ${transferId}: ${publishedWords(status)}.` : `${transferId}: ${safe(said)}`;
}
