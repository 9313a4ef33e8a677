import { FerryError, isFerryError } from '../errors';
import type { PublishFacts, PublishInput } from '../contract';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';

/** A refusal may pass, and nothing else can tell whether the message is there. After so many the look is given up. */
const MOST_REFUSED_LOOKS = 5;

/**
 * Looks for the message in its dialog.
 *
 * @returns its sequence; null when it is not there
 * @throws {FerryError} a refusal of whatever the look needs says nothing about the publish, so it is tried again
 */
export async function lookForMessage(
  deps: ActivityDeps,
  input: PublishInput,
  attempt: Attempt<PublishFacts>,
): Promise<number | null> {
  try {
    return await look(deps, input, attempt.signal);
  } catch (error) {
    const isRefused = isFerryError(error) && (error.row.does === 'fail' || error.row.does === 'park');
    throw isRefused ? refusedLook(error, input, attempt) : error;
  }
}

async function look(deps: ActivityDeps, input: PublishInput, signal: AbortSignal): Promise<number | null> {
  const token = await deps.consumers.token(input, signal);
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

function refusedLook(error: FerryError, { file }: PublishInput, attempt: Attempt<PublishFacts>): FerryError {
  const { effect = 'unknown', unsettledUntil = null, refusedLooks = 0 } = attempt.details ?? {};
  attempt.details = { effect, unsettledUntil, refusedLooks: refusedLooks + 1 };
  if (refusedLooks + 1 >= MOST_REFUSED_LOOKS) return error;
  return new FerryError('ANSWER_LOST', `Whether ${file.name} was published is not known yet: ${error.message}`, {
    cause: error,
  });
}
