import { FerryError, isFerryError } from '../errors';
import { SETTLE_MS, type PublishFacts, type PublishInput, type PublishResult } from '../contract';
import type { Intent, SentReceipt } from '../ledger';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { FENCE_VALID_MS } from './fence';
import { knownMessage } from './known-message';
import { lookForMessage, type Found, type Place } from './publish-look';
import { previewOf } from './publish-preview';
import { keepPublishedReceipt } from './publish-receipt';
import { sendMessage } from './publish-send';

/**
 * Publishes the hosted/file message exactly once, though the protocol has no idempotency key.
 *
 * The ledger of this host answers first: Temporal's database may be older than what was published.
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
  const known = await knownMessage(deps, input);
  if (known.receipt !== null) return resultOf(known.receipt);
  attempt.details = factsBefore(input, attempt, known.intents);
  const places = placesToLook(input, attempt, known.intents);
  if (places.length > 0) {
    const found = await lookForMessage(deps, input, attempt, places);
    if (found !== null) return await done(deps, input, attempt, found);
    believeAbsent(input, attempt);
  }
  if (input.lookOnly) return null;
  const sequence = await send(deps, input, attempt, withPreview);
  const { conversationId, dialogId } = input.opened;
  deps.consumers.sawSequence(input, dialogId, sequence);
  return await done(deps, input, attempt, { conversationId, dialogId, sequence, relativePath: input.relativePath });
}

function factsBefore(
  { lookFirst, settledAt }: PublishInput,
  { previous }: Attempt<PublishFacts>,
  intents: readonly Intent[],
): PublishFacts {
  if (previous === undefined && !lookFirst && intents.length > 0) {
    // Temporal knows of no publish, and the ledger does: the database is older.
    const left = Math.max(...intents.map(({ at }) => Date.parse(at)));
    return { effect: 'unknown', unsettledUntil: left + FENCE_VALID_MS + SETTLE_MS, refusedLooks: 0 };
  }
  return {
    effect: previous?.effect ?? (lookFirst ? 'unknown' : 'none'),
    unsettledUntil: previous?.unsettledUntil ?? settledAt,
    refusedLooks: previous?.refusedLooks ?? 0,
  };
}

function placesToLook(
  { opened, relativePath, lookFirst }: PublishInput,
  { number }: Attempt<PublishFacts>,
  intents: readonly Intent[],
): readonly Place[] {
  return lookFirst || number > 1 ? [...intents, { ...opened, relativePath }] : intents;
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
  { conversationId, dialogId, sequence, relativePath }: Found,
): Promise<PublishResult> {
  const finishedAt = new Date().toISOString();
  const receipt = { ...input.receipt, relativePath, conversationId, dialogId, sequence, finishedAt };
  const { sendKey = null } = input;
  const receiptKept = await keepPublishedReceipt(deps, { receipt, runId: attempt.runId, sendKey });
  const result = { sequence, conversationId, dialogId, publishedAt: finishedAt, receiptKept };
  return relativePath === input.relativePath ? result : { ...result, earlier: receipt };
}

function resultOf(receipt: SentReceipt): PublishResult {
  const { sequence, conversationId, dialogId, finishedAt } = receipt;
  return { sequence, conversationId, dialogId, publishedAt: finishedAt, receiptKept: true, earlier: receipt };
}
