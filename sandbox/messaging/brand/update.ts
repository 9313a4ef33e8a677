import type { Call, RequestHandler } from '../context';
import type { Conversation, ConversationUpdate, Participant } from '../entries';
import { textAnswer } from '../frames';
import { arrayOf, objectOr, type JsonObject } from '../json';
import { refuse } from '../refusals';
import { requireText } from '../requests/access';
import { commitUpdates, updateOf } from '../requests/update-conversation';
import { agentId } from './views';

/** Roles in which an agent joins by itself; ASSIGNED_AGENT comes by routing, or by taking over. */
const JOINING_ROLES: readonly Participant['role'][] = ['ASSIGNED_AGENT', 'AGENT', 'MANAGER', 'READER'];

/**
 * .ams.cm.UpdateConversationField: joining and leaving (ParticipantsChange), and what a consumer may change, too.
 * Chosen here: an agent joins and leaves for itself alone; joining twice in one role changes nothing.
 */
export const updateAsAgent: RequestHandler = async (call) => {
  const conversationId = requireText(call.frame.body['conversationId'], 'conversationId');
  const conversation = call.context.ledger.state.conversations.get(conversationId);
  if (!conversation) throw refuse.unknownConversation();
  const fields = arrayOf(call.frame.body['conversationField']).map(objectOr);
  if (fields.length === 0) throw refuse.missingParameter('conversationField is missing.');
  await commitUpdates(
    call,
    conversation,
    fields.map((field) => agentUpdate(call, conversation, field)),
  );
  return textAnswer('OK Conversation updated successfully');
};

function agentUpdate(call: Call, conversation: Conversation, field: JsonObject): ConversationUpdate {
  if (field['field'] !== 'ParticipantsChange') return byAgent(updateOf(conversation, field));
  if (conversation.state === 'CLOSE') throw refuse.closed();
  const id = agentId(conversation.brandId, field['userId']);
  if (id !== call.identity.consumerId) throw refuse.badValue('userId must be the agent itself.');
  const role = JOINING_ROLES.find((one) => one === field['role']);
  if (!role) throw refuse.badValue(`role must be one of ${JOINING_ROLES.join(', ')}.`);
  const { type } = field as { type?: unknown };
  if (type !== 'ADD' && type !== 'REMOVE') throw refuse.badValue('type must be ADD or REMOVE.');
  return { field: 'participant', change: type, participant: { id, role } };
}

function byAgent(update: ConversationUpdate): ConversationUpdate {
  return update.field === 'state' ? { ...update, closedCause: 'Closed by agent', closeReason: 'AGENT' } : update;
}
