import { FerryError, isFerryError } from '../errors';
import { isAnswerTo, mayTakeEffectLater } from '../liveperson';
import type { ConsumerToken } from '../liveperson/types';
import { SETTLE_MS, type PublishFacts, type PublishInput } from '../contract';
import type { Intent } from '../ledger';
import { graceForAnswer } from './answer-grace';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { createFence, FENCE_VALID_MS } from './fence';

/**
 * Sends the frame once, behind the fence, and notes in the attempt's details what is known of its effect.
 *
 * @returns the sequence of the message
 * @throws {FerryError} ANSWER_LOST when a message may exist
 */
export async function sendMessage(
  deps: ActivityDeps,
  input: PublishInput,
  token: ConsumerToken,
  attempt: Attempt<PublishFacts>,
  preview: string | null,
): Promise<number> {
  const { opened, relativePath, caption, file } = input;
  const { conversationId, dialogId } = opened;
  const grace = graceForAnswer(attempt.signal);
  const fence = createFence(deps.confirmHeartbeat, attempt, `Publishing ${file.name}`);
  let intent: Intent | null = null;
  let mayHaveLeft = false;
  // Not paced as one with the look: each look that goes well would make the next publish as hasty as the first.
  return await deps.pacer.run({ group: input.account, name: 'publishing' }, async () => {
    try {
      const { sequence } = await deps.consumers.session(input, token).publishFile({
        conversationId,
        dialogId,
        relativePath,
        fileType: file.fileType,
        caption,
        signal: grace.signal,
        ...(preview === null ? {} : { preview }),
        async beforeSend() {
          intent = await intend(deps, input);
          const unsettledUntil = Date.now() + FENCE_VALID_MS + SETTLE_MS;
          attempt.details = { effect: 'unknown', unsettledUntil, refusedLooks: 0 };
          await fence.confirm();
        },
        permit() {
          fence.check();
          mayHaveLeft = true;
          grace.left();
        },
      });
      return sequence;
    } catch (error) {
      attempt.details = mayHaveLeft ? factsAfter(error) : NOTHING_LEFT;
      if (intent !== null && attempt.details.effect !== 'unknown') await withdraw(deps, intent);
      throw mayHaveLeft ? unlessAnswered(error, file.name) : error;
    } finally {
      grace.end();
    }
  });
}

/** Durable before the frame leaves: whatever becomes of Temporal's database, the message can be looked for. */
async function intend(deps: ActivityDeps, input: PublishInput): Promise<Intent> {
  const { transferId, relativePath, receipt } = input;
  const { conversationId, dialogId, lastSequence } = input.opened;
  const { md5 } = receipt;
  const at = new Date().toISOString();
  const intent = { transferId, relativePath, conversationId, dialogId, lastSequence, md5, at };
  await deps.ledger.intend(intent);
  return intent;
}

/** Saves a look. Where it fails the look is made, and finds nothing. */
async function withdraw({ ledger, log }: ActivityDeps, intent: Intent): Promise<void> {
  try {
    await ledger.withdraw(intent);
  } catch (error) {
    log.warn('A publish without effect could not be noted', {
      transferId: intent.transferId,
      reason: (error as Error).message,
    });
  }
}

const NOTHING_LEFT: PublishFacts = { effect: 'none', unsettledUntil: null, refusedLooks: 0 };

/** Only a refusal that answers the publish itself proves that nothing was published; a 5xx does not. */
function factsAfter(error: unknown): PublishFacts {
  if (isAnswerTo(error, 'publish', [400, 499])) return { effect: 'refused', unsettledUntil: null, refusedLooks: 0 };
  // An abandoned request leaves a service that may still carry it out.
  const isLate = !isFerryError(error) || mayTakeEffectLater(error);
  return { effect: 'unknown', unsettledUntil: isLate ? Date.now() + SETTLE_MS : null, refusedLooks: 0 };
}

/** An expired token says nothing about a frame that had left before. */
function unlessAnswered(error: unknown, name: string): unknown {
  if (!isFerryError(error) || error.code !== 'TOKEN_EXPIRED') return error;
  if (isAnswerTo(error, 'publish', [400, 499])) return error;
  return new FerryError('ANSWER_LOST', `The token expired while ${name} was being published; Ferry looks first.`, {
    retryAfterMs: 1000,
  });
}
