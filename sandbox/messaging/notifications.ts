import type { Behaviour } from './behaviour';
import type { Conversation, Dialog, Fact, Message } from './entries';
import { notificationText } from './frames';
import type { JsonObject } from './json';
import type { Ledger } from './ledger';
import { brandConversationsText, brandDetails, brandEventText } from './brand/views';
import type { ConversationSubscription, Dialect, Session } from './session';

/** History is sent in notifications of so many changes, so that previews do not add up to a giant frame. */
const CHANGES_PER_FRAME = 50;

/** What becomes visible in the ledger goes to every socket that subscribed to it, those of its own author included. */
export function sendLiveNotifications(sessions: ReadonlySet<Session>, ledger: Ledger, behaviour: Behaviour): void {
  ledger.onVisible((fact: Fact) => {
    if (fact.what === 'message') {
      const holder = ledger.state.conversations.get(fact.message.conversationId);
      if (holder) sendEvent(sessions, holder, messageChange(fact.message), behaviour);
    }
    const id = conversationOf(fact);
    const conversation = id === null ? undefined : ledger.state.conversations.get(id);
    if (conversation) sendConversation(sessions, conversation, behaviour);
  });
}

/** One change of a dialog to all who subscribed to it, and to all agents who take part. */
export function sendEvent(
  sessions: ReadonlySet<Session>,
  conversation: Conversation,
  change: JsonObject,
  behaviour: Behaviour,
): void {
  const isPresent = ({ identity }: Session): boolean =>
    conversation.participants.some(({ id }) => id === identity?.consumerId);
  for (const session of sessions) {
    const isBrand = session.dialect === 'v2';
    if (!session.dialogs.has(String(change['dialogId'])) && !(isBrand && isPresent(session))) continue;
    session.sendSoon(isBrand ? brandEventText(conversation.brandId, change) : eventsText([change], behaviour));
  }
}

function conversationOf(fact: Fact): string | null {
  if (fact.what === 'conversation') return fact.conversation.conversationId;
  return fact.what === 'conversation-changed' ? fact.conversationId : null;
}

function sendConversation(sessions: ReadonlySet<Session>, conversation: Conversation, behaviour: Behaviour): void {
  for (const session of sessions) {
    for (const [subscriptionId, subscription] of session.conversations) {
      const change = conversationChange(session, conversation, subscription);
      if (change) session.sendSoon(conversationsText(session, subscriptionId, [change], behaviour));
    }
  }
}

/** A conversation that stops matching arrives as DELETE; null: it never matched. */
function conversationChange(
  { dialect }: Session,
  conversation: Conversation,
  subscription: ConversationSubscription,
): JsonObject | null {
  const { conversationId } = conversation;
  const isMatch =
    subscription.isWanted(conversation) &&
    subscription.states.includes(conversation.state) &&
    subscription.stages.includes(conversation.stage) &&
    conversation.lastUpdateTime >= subscription.minLastUpdatedTime;
  if (isMatch) subscription.reported.add(conversationId);
  else if (!subscription.reported.delete(conversationId)) return null;
  return { type: isMatch ? 'UPSERT' : 'DELETE', result: conversationView(conversation, dialect) };
}

/** The first notification of a subscription: what matches already, possibly nothing. */
export function firstConversations(
  session: Session,
  subscriptionId: string,
  subscription: ConversationSubscription,
  conversations: Iterable<Conversation>,
  behaviour: Behaviour,
): string {
  const changes = [...conversations]
    .map((conversation) => conversationChange(session, conversation, subscription))
    .filter((change) => change !== null);
  return conversationsText(session, subscriptionId, changes, behaviour);
}

function conversationsText(
  { dialect }: Session,
  subscriptionId: string,
  changes: readonly JsonObject[],
  behaviour: Behaviour,
): string {
  if (dialect === 'v2') return brandConversationsText(subscriptionId, changes);
  const body = { subscriptionId, changes: elements(changes, behaviour) };
  return notificationText('cqm.ExConversationChangeNotification', body);
}

/** The history of a dialog, in frames. */
export function historyTexts(messages: readonly Message[], behaviour: Behaviour): readonly string[] {
  const texts: string[] = [];
  for (let start = 0; start < messages.length; start += CHANGES_PER_FRAME) {
    texts.push(eventsText(messages.slice(start, start + CHANGES_PER_FRAME).map(messageChange), behaviour));
  }
  return texts;
}

function eventsText(changes: readonly JsonObject[], behaviour: Behaviour): string {
  return notificationText('ms.MessagingEventNotification', { changes: elements(changes, behaviour) });
}

function elements(changes: readonly JsonObject[], behaviour: Behaviour): unknown {
  return behaviour.singleElements && changes.length === 1 ? changes[0] : changes;
}

export function messageChange(message: Message): JsonObject {
  return { ...message };
}

function conversationView(conversation: Conversation, dialect: Dialect): JsonObject {
  const details = conversationDetails(conversation);
  return {
    convId: conversation.conversationId,
    effectiveTTR: -1,
    lastUpdateTime: conversation.lastUpdateTime,
    conversationDetails: dialect === 'v2' ? brandDetails(conversation, details) : details,
  };
}

function conversationDetails(conversation: Conversation): JsonObject {
  const { participants, dialogs, context, csat, endTs, closeReason } = conversation;
  return {
    participants,
    dialogs: dialogs.map((dialog) => dialogView(dialog, participants)),
    brandId: conversation.brandId,
    skillId: conversation.skillId,
    state: conversation.state,
    stage: conversation.stage,
    startTs: conversation.startTs,
    metaDataLastUpdateTs: conversation.lastUpdateTime,
    ttr: conversation.ttr,
    ...(context ? { context } : {}),
    ...(csat ? { csat } : {}),
    ...(endTs === undefined ? {} : { endTs, closeReason }),
  };
}

function dialogView(dialog: Dialog, participantsDetails: Conversation['participants']): JsonObject {
  return { ...dialog, channelType: 'MESSAGING', participantsDetails };
}
