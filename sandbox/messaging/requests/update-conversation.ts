import type { Call, RequestHandler } from '../context';
import type { Conversation, ConversationUpdate } from '../entries';
import { textAnswer } from '../frames';
import { arrayOf, isText, objectOr, wholeNumber, type JsonObject } from '../json';
import { refuse } from '../refusals';
import { ownConversation, requireText } from './access';

/**
 * cm.UpdateConversationField. Undocumented, decided here: closing what is closed already is answered like the first
 * time and changes nothing; CSAT may come after the end, TTR may not.
 */
export const updateConversation: RequestHandler = async (call) => {
  const conversation = ownConversation(call, requireText(call.frame.body['conversationId'], 'conversationId'));
  const fields = arrayOf(call.frame.body['conversationField']).map(objectOr);
  if (fields.length === 0) throw refuse.missingParameter('conversationField is missing.');
  const updates = fields.map((field) => updateOf(conversation, field));
  await commitUpdates(call, conversation, updates);
  const isResolved = updates.some(({ field }) => field === 'state');
  return textAnswer(isResolved ? 'OK Conversation resolved successfully' : 'OK Conversation updated successfully');
};

/** What changes nothing is not written, and nobody is told of it. */
export async function commitUpdates(
  { context }: Call,
  conversation: Conversation,
  all: readonly ConversationUpdate[],
): Promise<void> {
  const updates = all.filter((update) => isChange(conversation, update));
  if (updates.length === 0) return;
  const { conversationId } = conversation;
  await context.ledger.commit({ what: 'conversation-changed', conversationId, atMs: Date.now(), updates });
}

export function updateOf(conversation: Conversation, field: JsonObject): ConversationUpdate {
  switch (field['field']) {
    case 'ConversationStateField':
      if (field['conversationState'] !== 'CLOSE') throw refuse.badValue('conversationState must be CLOSE.');
      return { field: 'state', closedCause: 'Closed by consumer' };
    case 'DialogChange':
      return dialogUpdate(conversation, field);
    case 'TTRField':
      return ttrUpdate(conversation, field);
    case 'CSATRate':
      if (typeof field['csatRate'] !== 'number' && field['csatRate'] !== null) {
        throw refuse.badValue('csatRate must be a number.');
      }
      return { field: 'csat', csat: csatOf(field) };
    default:
      throw refuse.badValue('The conversationField is not one of those that a consumer may change.');
  }
}

function dialogUpdate(conversation: Conversation, field: JsonObject): ConversationUpdate {
  const dialog = objectOr(field['dialog']);
  const dialogId = requireText(dialog['dialogId'], 'dialog.dialogId');
  if (field['type'] !== 'UPDATE' || dialog['state'] !== 'CLOSE') {
    throw refuse.badValue('A consumer may only close a dialog (type UPDATE, state CLOSE).');
  }
  if (!conversation.dialogs.some((one) => one.dialogId === dialogId)) throw refuse.unknownConversation();
  const cause = dialog['closedCause'];
  return { field: 'dialog', dialogId, closedCause: isText(cause) ? cause : 'Closed by consumer' };
}

function ttrUpdate(conversation: Conversation, field: JsonObject): ConversationUpdate {
  const ttrType = requireText(field['ttrType'], 'ttrType');
  const value = wholeNumber(field['value']);
  if (!['CUSTOM', 'NORMAL', 'PRIORITIZED', 'URGENT'].includes(ttrType) || value === null) {
    throw refuse.badValue('ttrType must be CUSTOM, NORMAL, PRIORITIZED or URGENT, and value a number of seconds.');
  }
  if (conversation.state === 'CLOSE') throw refuse.closed();
  return { field: 'ttr', ttrType, value };
}

function isChange(conversation: Conversation, update: ConversationUpdate): boolean {
  if (update.field === 'state') return conversation.stage === 'OPEN';
  if (update.field === 'participant') {
    const { id, role } = update.participant;
    const isThere = conversation.participants.some((one) => one.id === id && one.role === role);
    return isThere === (update.change === 'REMOVE');
  }
  if (update.field !== 'dialog') return true;
  return conversation.dialogs.some(({ dialogId, state }) => dialogId === update.dialogId && state === 'OPEN');
}

function csatOf({ csatRate, csatResolutionConfirmation, status }: JsonObject): JsonObject {
  return { csatRate, csatResolutionConfirmation, status };
}
