import { FerryError, isFerryError } from '../errors';
import type { PublishFacts, PublishInput, PublishResult } from '../contract';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { lookForMessage } from './publish-look';
import { previewOf } from './publish-preview';
import { keepPublishedReceipt } from './publish-receipt';
import { sendMessage } from './publish-send';

/**
 * Publishes the hosted/file message exactly once, though the protocol has no idempotency key.
 *
 * The attempt's details say at every moment what is known of the frames of all attempts. They are with the server before
 * a frame leaves (the fence sends them), so the next attempt, on this worker or another, knows whether to believe a look
 * that finds nothing.
 */
export async function publish(
  deps: ActivityDeps,
  input: PublishInput,
  attempt: Attempt<PublishFacts>,
  withPreview: boolean,
): Promise<PublishResult | null> {
  const { dialogId } = input.opened;
  attempt.details = factsBefore(input, attempt);
  if (input.lookFirst || attempt.number > 1) {
    const found = await lookForMessage(deps, input, attempt);
    if (found !== null) return await done(deps, input, attempt, found);
    believeAbsent(input, attempt);
  }
  if (input.lookOnly) return null;
  const sequence = await send(deps, input, attempt, withPreview);
  deps.consumers.sawSequence(input, dialogId, sequence);
  return await done(deps, input, attempt, sequence);
}

function factsBefore({ lookFirst, settledAt }: PublishInput, { previous }: Attempt<PublishFacts>): PublishFacts {
  return {
    effect: previous?.effect ?? (lookFirst ? 'unknown' : 'none'),
    unsettledUntil: previous?.unsettledUntil ?? settledAt,
    refusedLooks: previous?.refusedLooks ?? 0,
  };
}

/** @throws {FerryError} ANSWER_LOST while the service may still carry out an earlier publish */
function believeAbsent({ file }: PublishInput, attempt: Attempt<PublishFacts>): void {
  const { unsettledUntil = null } = attempt.details ?? {};
  const leftMs = unsettledUntil === null ? 0 : unsettledUntil - Date.now();
  if (leftMs > 0) {
    throw new FerryError(
      'ANSWER_LOST',
      `An earlier publish of ${file.name} was not answered and may still take effect; Ferry looks again.`,
      { retryAfterMs: leftMs },
    );
  }
  attempt.details = { effect: 'none', unsettledUntil: null, refusedLooks: 0 };
}

async function send(
  deps: ActivityDeps,
  input: PublishInput,
  attempt: Attempt<PublishFacts>,
  withPreview: boolean,
): Promise<number> {
  const token = await deps.consumers.token(input, attempt.signal);
  const preview = withPreview ? await previewOf(deps, input) : null;
  try {
    return await sendMessage(deps, input, token, attempt, preview);
  } catch (error) {
    if (!isFerryError(error) || error.code !== 'TOKEN_EXPIRED' || attempt.details?.effect === 'unknown') throw error;
    const fresh = await deps.consumers.renew(input, token, attempt.signal);
    return await sendMessage(deps, input, fresh, attempt, preview);
  }
}

async function done(
  deps: ActivityDeps,
  input: PublishInput,
  attempt: Attempt<PublishFacts>,
  sequence: number,
): Promise<PublishResult> {
  const { conversationId, dialogId } = input.opened;
  const publishedAt = new Date().toISOString();
  const receipt = { ...input.receipt, conversationId, dialogId, sequence, finishedAt: publishedAt };
  const receiptKept = await keepPublishedReceipt(deps, { receipt, runId: attempt.runId });
  return { sequence, conversationId, dialogId, publishedAt, receiptKept };
}
