import { FerryError, isFerryError } from '../errors';
import { makePreview } from '../files';
import type { ConsumerToken } from '../liveperson/types';
import type { PublishInput, PublishResult } from '../contract';
import type { ActivityDeps } from './deps';
import { graceForAnswer } from './answer-grace';
import type { Attempt } from './edge';

/**
 * The frame may leave only in the first 20 of the attempt's 30 s: the server starts no other attempt before those 30 s
 * have passed, and that one looks first. So a worker that was stopped and goes on later cannot send what a later attempt
 * has sent meanwhile. (What remains is a frame that is held up for more than 10 s in the network.)
 */
const LAST_MOMENT_MS = 20_000;

/** Publishes the hosted/file message exactly once, though the protocol has no idempotency key. */
export async function publish(
  deps: ActivityDeps,
  input: PublishInput,
  attempt: Attempt<never>,
  withPreview: boolean,
): Promise<PublishResult | null> {
  const { conversationId, dialogId } = input.opened;
  const token = await deps.consumers.token(input, attempt.signal);
  if (input.lookFirst || attempt.number > 1) {
    const found = await look(deps, input, token, attempt.signal);
    if (found !== null) return { sequence: found, conversationId, dialogId };
  }
  if (input.lookOnly) return null;
  const preview = withPreview ? await previewOf(deps, input) : null;
  const sequence = await send(deps, input, token, attempt, preview);
  deps.consumers.sawSequence(input, dialogId, sequence);
  return { sequence, conversationId, dialogId };
}

async function look(
  deps: ActivityDeps,
  input: PublishInput,
  token: ConsumerToken,
  signal: AbortSignal,
): Promise<number | null> {
  const { conversationId, dialogId, lastSequence } = input.opened;
  const { address, config } = deps.account(input.account);
  const request = { conversationId, dialogId, fromSeq: lastSequence, relativePath: input.relativePath, signal };
  return await deps.pacer.run({ group: config.name, name: 'messaging' }, async () => {
    try {
      return (await deps.liveperson.findFileMessage(address, token, request))?.sequence ?? null;
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'TOKEN_EXPIRED') throw error;
      const fresh = await deps.consumers.renew(input, token, signal);
      return (await deps.liveperson.findFileMessage(address, fresh, request))?.sequence ?? null;
    }
  });
}

async function send(
  deps: ActivityDeps,
  input: PublishInput,
  token: ConsumerToken,
  attempt: Attempt<never>,
  preview: string | null,
): Promise<number> {
  const { opened, relativePath, caption, file } = input;
  const { conversationId, dialogId } = opened;
  const grace = graceForAnswer(attempt.signal);
  let mayHaveLeft = false;
  const permit = (): void => {
    if (performance.now() - attempt.enteredAt >= LAST_MOMENT_MS) {
      throw new FerryError(
        'STALLED',
        `Publishing ${file.name} was held up for too long; Ferry looks and tries again.`,
        {
          retryAfterMs: 1000,
        },
      );
    }
    mayHaveLeft = true;
    grace.left();
  };
  const once = (current: ConsumerToken) =>
    deps.consumers.session(input, current).publishFile({
      conversationId,
      dialogId,
      relativePath,
      fileType: file.fileType,
      caption,
      permit,
      signal: grace.signal,
      ...(preview === null ? {} : { preview }),
    });
  // Not paced as one with the look: each look that goes well would make the next publish as hasty as the first.
  return await deps.pacer.run({ group: input.account, name: 'publishing' }, async () => {
    try {
      return (await once(token)).sequence;
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'TOKEN_EXPIRED') throw error;
      const fresh = await deps.consumers.renew(input, token, attempt.signal);
      if (!mayHaveLeft) return (await once(fresh)).sequence;
      throw new FerryError(
        'ANSWER_LOST',
        `The token expired while ${file.name} was being published; Ferry looks first.`,
        {
          retryAfterMs: 1000,
        },
      );
    } finally {
      grace.end();
    }
  });
}

/** A message without its thumbnail is better than none: whatever goes wrong here goes into the log only. */
async function previewOf(deps: ActivityDeps, { file }: PublishInput): Promise<string | null> {
  try {
    return await makePreview({ ...file, path: file.source }, file.fileType);
  } catch (error) {
    deps.log.warn('No preview could be made', { source: file.source, reason: (error as Error).message });
    return null;
  }
}
