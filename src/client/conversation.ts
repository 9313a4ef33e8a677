import { isFerryError } from '../errors';
import { CONSUMER_UPDATE, consumerWorkflowId, type LookAnswer, type LookRequest } from '../contract';
import type { ClientContext } from './context';
import type { ConversationOf } from './types';

/** A living worker looks in a fraction of this time. */
const LOOK_MS = 2000;

/** The current execution: the workflow of a consumer continues as new from time to time. */
const CURRENT_RUN = '';

/**
 * Asks the workflow of the consumer, which has the token and workers. The answer is a hint: every failure (no worker, no
 * such consumer, an outage) means "unknown".
 */
export async function conversationIsOpen(
  { server }: ClientContext,
  { account, consumer, conversationId }: ConversationOf,
): Promise<boolean | null> {
  const request: LookRequest = { conversationId };
  try {
    const id = consumerWorkflowId(account, server.shown(account, consumer));
    return (await server.update<LookAnswer>(id, CURRENT_RUN, CONSUMER_UPDATE.look, request, LOOK_MS)).open;
  } catch (error) {
    if (isFerryError(error)) return null;
    throw error;
  }
}
