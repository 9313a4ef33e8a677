import type { Call, RequestHandler } from '../context';
import type { Conversation } from '../entries';
import type { Answer } from '../frames';
import { arrayOf, isObject, isText, objectOr, wholeNumber, type JsonObject } from '../json';
import { sendEvent } from '../notifications';
import { refuse } from '../refusals';
import { ownDialog, requireText } from './access';
import { checkFileMessage, checkStoredObject } from './published-file';

const STATUSES = ['ACCEPT', 'READ', 'ACCESS', 'NACK', 'ACTION'];
const CHAT_STATES = ['ACTIVE', 'INACTIVE', 'GONE', 'COMPOSING', 'PAUSE', 'BACKGROUND'];

/**
 * ms.PublishEvent. There is no de-duplication, by id or otherwise: the same event published twice is two messages.
 * A chat state gets no sequence and is not kept; its answer says 0.
 */
export const publish: RequestHandler = async (call) => {
  const { frame, context } = call;
  const dialogId = requireText(frame.body['dialogId'], 'dialogId');
  const { event } = frame.body;
  if (!isObject(event)) throw refuse.missingParameter('event is missing.');
  const conversation = openDialog(call, dialogId);
  switch (event['type']) {
    case 'ContentEvent':
      await checkContent(call, event);
      // Storage was asked meanwhile: the dialog may have been closed.
      openDialog(call, dialogId);
      return keep(call, conversation, dialogId, event);
    case 'AcceptStatusEvent':
      checkStatus(event);
      return keep(call, conversation, dialogId, event);
    case 'ChatStateEvent':
      if (!CHAT_STATES.includes(String(event['chatState']))) throw refuse.badValue('The chatState is unknown.');
      sendEvent(context.sessions, conversation, envelope(call, conversation, dialogId, event), context.behaviour);
      return published(0);
    default:
      throw refuse.badValue('event.type must be ContentEvent, AcceptStatusEvent or ChatStateEvent.');
  }
};

function openDialog(call: Call, dialogId: string): Conversation {
  const { conversation, dialog } = ownDialog(call, dialogId);
  const named = call.frame.body['conversationId'];
  if (named !== undefined && named !== null && named !== conversation.conversationId)
    throw refuse.unknownConversation();
  if (dialog.state === 'CLOSE') throw refuse.closed();
  return conversation;
}

async function checkContent(call: Call, event: JsonObject): Promise<void> {
  switch (event['contentType']) {
    case 'text/plain':
      if (!isText(event['message'])) throw refuse.badValue('message must be a text.');
      return;
    // Every capture says hosted/file; the schema's default says HostedFile.
    case 'hosted/file':
    case 'HostedFile': {
      const message = objectOr(event['message']);
      const relativePath = checkFileMessage(call, message);
      await checkStoredObject(call, relativePath);
      return;
    }
    default:
      throw refuse.badValue('contentType must be text/plain or hosted/file.');
  }
}

function checkStatus(event: JsonObject): void {
  const sequences = arrayOf(event['sequenceList']);
  const isList = sequences.length > 0 && sequences.every((sequence) => wholeNumber(sequence) !== null);
  if (!STATUSES.includes(String(event['status'])) || !isList) {
    throw refuse.badValue('An AcceptStatusEvent needs a known status and a sequenceList.');
  }
}

/** The sequence is given and the fact committed in one tick: sequences become visible in their order. */
async function keep(call: Call, conversation: Conversation, dialogId: string, event: JsonObject): Promise<Answer> {
  const { ledger } = call.context;
  const sequence = ledger.nextSequence(dialogId);
  const serverTimestamp = Date.now();
  const message = { sequence, serverTimestamp, ...envelope(call, conversation, dialogId, event) };
  await ledger.commit({ what: 'message', message });
  return published(sequence);
}

function published(sequence: number): Answer {
  return { code: 200, type: 'ms.PublishEventResponse', body: { sequence } };
}

function envelope(
  { frame, identity, session }: Call,
  { conversationId, participants }: Conversation,
  dialogId: string,
  event: JsonObject,
) {
  const { consumerId } = identity;
  const role = participants.find(({ id }) => id === consumerId)?.role ?? identity.role;
  return {
    originatorId: consumerId,
    originatorMetadata: { id: consumerId, role, clientProperties: session.clientProperties },
    event,
    conversationId,
    dialogId,
    metadata: frame.metadata ?? null,
  };
}
