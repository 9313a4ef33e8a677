import type { FerryClient, TransferStatus } from '../../client/types';
import type { CommandEnvironment } from '../command';
import { statusDocument } from '../documents';
import type { ExitCode } from '../exit-codes';
import { publishedWords } from '../status/describe';
import { runSteer, type SteerOptions } from '../steer/steer';
import { safe } from '../text';

/** In this time a transfer that a worker serves has ended, unless it must first look whether its message arrived. */
const ENDED_WITHIN_MS = 6000;

/** Asks transfers to stop. Durable at once; it takes effect when a worker serves them. */
export function runCancel(
  environment: CommandEnvironment,
  options: SteerOptions,
  words: readonly string[],
): Promise<ExitCode> {
  let deadline: AbortSignal | undefined;
  return runSteer(environment, options, words, {
    title: 'Cancel',
    states: ['running', 'waiting', 'paused', 'parked'],
    async act(client, transferId) {
      await client.cancel(transferId);
      // One wait for all: where no worker serves them, thousands must not wait one after the other.
      deadline ??= AbortSignal.timeout(ENDED_WITHIN_MS);
      await ended(client, transferId, deadline);
      const status = await client.status(transferId);
      environment.output.document(statusDocument(status));
      environment.output.answer(cancelledWords(status));
    },
  });
}

async function ended(client: FerryClient, transferId: string, signal: AbortSignal): Promise<void> {
  try {
    await client.result(transferId, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function cancelledWords(status: TransferStatus): string {
  const { transferId, state, error } = status;
  if (state !== 'cancelled') return `Asked to cancel ${transferId}: ${publishedWords(status)} so far.`;
  // After a publish was tried, the workflow itself says what is known.
  const said = status.receipt === null && status.step === 'publish' && error !== null ? error.message : null;
  return said === null ? `Cancelled ${transferId}: ${publishedWords(status)}.` : `${transferId}: ${safe(said)}`;
}
