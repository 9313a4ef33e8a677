import { FerryError, isFerryError } from '../errors';
import type { ConsumerToken, FileMessage, LookRequest } from '../liveperson/types';
import type { Identity, PublishFacts } from '../contract';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';

/**
 * The number of refused looks after which Ferry gives up. Until then it retries, because a refusal may be temporary and
 * only a look can find the message.
 */
const MOST_REFUSED_LOOKS = 5;

/** A place in which a message may be. */
export interface Place {
  readonly conversationId: string;
  readonly dialogId: string;
  readonly lastSequence: number;
  readonly relativePath: string;
}

/** A message that was found or sent. */
export type Found = Omit<Place, 'lastSequence'> & { readonly sequence: number };

export interface LookOrder extends Identity {
  /** The name of the file, as the subject of error messages. */
  readonly what: string;
  readonly places: readonly Place[];
  /** The look ends when it has found this many messages. */
  readonly enough: number;
}

/**
 * Looks for messages in all these places; one look for each dialog. A message that is not found is in none of them.
 *
 * @throws {FerryError} with a code to retry, also for a refusal: a refused look says nothing about the publish
 */
export async function lookForMessages(
  deps: ActivityDeps,
  order: LookOrder,
  attempt: Attempt<PublishFacts>,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  try {
    for (const dialog of dialogsOf(order.places)) {
      const { conversationId, dialogId, relativePaths } = dialog;
      const enough = Math.min(order.enough - found.length, relativePaths.length);
      if (enough <= 0) break;
      for (const { sequence, relativePath } of await look(deps, order, { ...dialog, enough }, attempt))
        found.push({ conversationId, dialogId, sequence, relativePath });
    }
    return found;
  } catch (error) {
    const isRefused = isFerryError(error) && (error.row.does === 'fail' || error.row.does === 'park');
    throw isRefused ? refusedLook(error, order.what, attempt) : error;
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
  identity: Identity,
  dialog: LookRequest,
  attempt: Attempt<PublishFacts>,
): Promise<readonly FileMessage[]> {
  const { signal } = attempt;
  const request = { ...dialog, signal };
  const token = await deps.consumers.token(identity, signal);
  const { address, config } = deps.account(identity.account);
  const lookAs = (as: ConsumerToken) => deps.liveperson.findFileMessages(address, as, request);
  const lookOnce = async () => {
    try {
      return await lookAs(token);
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'TOKEN_EXPIRED') throw error;
      return await lookAs(await deps.consumers.renew(identity, token, signal));
    }
  };
  return await deps.pacer.run({ group: config.name, name: 'messaging' }, lookOnce, attempt);
}

function refusedLook(error: FerryError, what: string, attempt: Attempt<PublishFacts>): FerryError {
  const { effect = 'unknown', unsettledUntil = null, refusedLooks = 0 } = attempt.details ?? {};
  attempt.details = { ...attempt.details, effect, unsettledUntil, refusedLooks: refusedLooks + 1 };
  if (refusedLooks + 1 >= MOST_REFUSED_LOOKS) return error;
  return new FerryError('ANSWER_LOST', `Whether ${what} was published is not known yet: ${error.message}`, {
    cause: error,
  });
}
