import { FerryError, isFerryError } from '../errors';
import type { FileMessage, LookRequest } from '../liveperson/types';
import type { PublishFacts, PublishInput } from '../contract';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';

/** A refusal may pass, and nothing else can tell whether the message is there. After so many the look is given up. */
const MOST_REFUSED_LOOKS = 5;

/** Where a message may be. */
export interface Place {
  readonly conversationId: string;
  readonly dialogId: string;
  readonly lastSequence: number;
  readonly relativePath: string;
}

/** A message that was found or made. */
export type Found = Omit<Place, 'lastSequence'> & { readonly sequence: number };

/**
 * Looks for the message in all these places; one look for each dialog.
 *
 * @returns null when it is in none of them
 * @throws {FerryError} a refusal of whatever the look needs says nothing about the publish, so it is tried again
 */
export async function lookForMessage(
  deps: ActivityDeps,
  input: PublishInput,
  attempt: Attempt<PublishFacts>,
  places: readonly Place[],
): Promise<Found | null> {
  try {
    for (const dialog of dialogsOf(places)) {
      const { conversationId, dialogId } = dialog;
      const found = await look(deps, input, { ...dialog, signal: attempt.signal });
      if (found !== null)
        return { conversationId, dialogId, sequence: found.sequence, relativePath: found.relativePath };
    }
    return null;
  } catch (error) {
    const isRefused = isFerryError(error) && (error.row.does === 'fail' || error.row.does === 'park');
    throw isRefused ? refusedLook(error, input, attempt) : error;
  }
}

function dialogsOf(places: readonly Place[]): readonly Omit<LookRequest, 'signal'>[] {
  const dialogs = new Map<string, LookRequest>();
  for (const { conversationId, dialogId, lastSequence, relativePath } of places) {
    const key = JSON.stringify([conversationId, dialogId]);
    const { fromSeq = lastSequence, relativePaths = [] } = dialogs.get(key) ?? {};
    dialogs.set(key, {
      conversationId,
      dialogId,
      fromSeq: Math.min(fromSeq, lastSequence),
      relativePaths: [...relativePaths, relativePath],
    });
  }
  return [...dialogs.values()];
}

async function look(
  deps: ActivityDeps,
  input: PublishInput,
  request: LookRequest & { readonly signal: AbortSignal },
): Promise<FileMessage | null> {
  const { signal } = request;
  const token = await deps.consumers.token(input, signal);
  const { address, config } = deps.account(input.account);
  return await deps.pacer.run({ group: config.name, name: 'messaging' }, async () => {
    try {
      return await deps.liveperson.findFileMessage(address, token, request);
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'TOKEN_EXPIRED') throw error;
      const fresh = await deps.consumers.renew(input, token, signal);
      return await deps.liveperson.findFileMessage(address, fresh, request);
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
