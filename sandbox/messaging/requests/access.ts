import type { Call } from '../context';
import type { Conversation, Dialog } from '../entries';
import { isText } from '../json';
import { refuse } from '../refusals';

export function requireText(value: unknown, name: string): string {
  if (!isText(value)) throw refuse.missingParameter(`${name} is missing or no text.`);
  return value;
}

/** The conversation with this id, of which the caller must be a participant. */
export function ownConversation({ context, identity }: Call, conversationId: string): Conversation {
  const conversation = context.ledger.state.conversations.get(conversationId);
  if (!conversation) throw refuse.unknownConversation();
  if (!conversation.participants.some(({ id }) => id === identity.consumerId)) throw refuse.notParticipant();
  return conversation;
}

export function ownDialog(call: Call, dialogId: string): { conversation: Conversation; dialog: Dialog } {
  const conversation = ownConversation(call, call.context.ledger.state.dialogs.get(dialogId) ?? '');
  const dialog = conversation.dialogs.find((one) => one.dialogId === dialogId);
  if (!dialog) throw refuse.unknownConversation();
  return { conversation, dialog };
}
