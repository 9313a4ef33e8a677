import { FerryError } from '../errors';
import type { PublishFacts } from '../contract';
import type { Intent } from '../ledger';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { lookForMessages, type Found, type LookOrder } from './publish-look';

const ASK_AGAIN_MS = 2000;

/** The error to wait with while another transfer publishes the same file. */
export function stillSending(what: string, { transferId, conversationId }: Intent): FerryError {
  return new FerryError(
    'ALREADY_SENDING',
    `The transfer ${transferId} is publishing the same file as ${what} in conversation ${conversationId}; Ferry waits for it.`,
    { retryAfterMs: ASK_AGAIN_MS },
  );
}

/**
 * Settles old intents of other transfers, which may have stopped: looks for their messages, and
 * withdraws intents without a message, so that this transfer can take their place. If the other transfer still runs, it
 * must claim the file again before it sends.
 *
 * @returns the messages that were found
 */
export async function settleOthers(
  deps: ActivityDeps,
  order: Omit<LookOrder, 'places' | 'enough'>,
  others: readonly Intent[],
  attempt: Attempt<PublishFacts>,
): Promise<readonly Found[]> {
  const found = await lookForMessages(deps, { ...order, places: others, enough: others.length }, attempt);
  const paths = new Set(found.map(({ relativePath }) => relativePath));
  const vain = others.filter(({ relativePath }) => !paths.has(relativePath));
  if (vain.length > 0) await deps.ledger.withdraw(...vain);
  return found;
}
