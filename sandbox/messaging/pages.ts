import type { Message } from './entries';
import { isObject } from './json';
import type { State } from './state';

/** `GET /_sandbox/messages`: what was said, oldest first; receipts of reading are left out. */
export function listMessages(state: State): readonly object[] {
  return state.timeline.flatMap((message) => {
    return message.event['type'] === 'ContentEvent' ? [messageRow(message)] : [];
  });
}

function messageRow({ conversationId, dialogId, sequence, originatorId, event }: Message): object {
  const { contentType, message } = event as Record<'contentType' | 'message', unknown>;
  const row = { conversationId, dialogId, sequence, originatorId, contentType };
  if (!isObject(message)) return row;
  return {
    ...row,
    relativePath: message['relativePath'],
    fileType: message['fileType'],
    caption: message['caption'] ?? '',
  };
}

/** `GET /_sandbox/conversations`, oldest first. */
export function listConversations(state: State): readonly object[] {
  return [...state.conversations.values()].map(({ conversationId, consumerId, state: isOpen }) => ({
    conversationId,
    consumerId,
    state: isOpen,
  }));
}
