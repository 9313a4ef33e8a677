import { isFerryError } from '../errors';
import { CONSUMER_UPDATE, consumerWorkflowId, type LookAnswer, type LookRequest } from '../contract';
import type { ClientContext } from './context';
import type { ConversationOf } from './types';

/** A worker that lives looks in a fraction of this. */
const LOOK_MS = 2000;

/** The execution of the moment: a consumer's workflow continues as new from time to time. */
const CURRENT_RUN = '';

/**
 * Asks the consumer's workflow, which has the token and the workers to look with. Only a hint: whatever goes wrong (no
 * worker, no such consumer, an outage) is "nobody can say".
 */
export async function conversationIsOpen(
  { server }: ClientContext,
  { account, consumer, conversationId }: ConversationOf,
): Promise<boolean | null> {
  const request: LookRequest = { conversationId };
  try {
    const id = consumerWorkflowId(account, consumer);
    return (await server.update<LookAnswer>(id, CURRENT_RUN, CONSUMER_UPDATE.look, request, LOOK_MS)).open;
  } catch (error) {
    if (isFerryError(error)) return null;
    throw error;
  }
}
