import type {
  AdminSession,
  Conversation,
  ConversationUpdate,
  Fact,
  Message,
  Participant,
  SiteProperty,
  Upload,
} from './entries';
import type { JsonObject } from './json';

const FILE_SHARING = 'messaging.file.sharing.enabled';

/** All that the messaging side knows; changed by {@link applyFact} alone. */
export interface State {
  tokenKeyPem: string | null;
  readonly sessions: Map<string, AdminSession>;
  readonly properties: Map<string, SiteProperty>;
  /** Whether file sharing is on by its property, and since when in Unix milliseconds. */
  fileSharing: { readonly isOn: boolean; readonly sinceMs: number };
  readonly consumers: Set<string>;
  readonly profiles: Map<string, JsonObject>;
  readonly uploads: Map<string, Upload>;
  readonly conversations: Map<string, Conversation>;
  /** From each dialog's id to its conversation's. */
  readonly dialogs: Map<string, string>;
  /** By dialog, in sequence. */
  readonly messages: Map<string, Message[]>;
  /** Those of all dialogs, in the order in which they became visible. */
  readonly timeline: Message[];
  /** From a published relativePath to the conversations that hold it. */
  readonly published: Map<string, Set<string>>;
}

export function freshState(): State {
  const property: SiteProperty = {
    id: FILE_SHARING,
    type: 1,
    propertyValue: { value: 'false' },
    deleted: false,
    createdDate: '2020-01-01T00:00:00.000Z',
    modifiedDate: '2020-01-01T00:00:00.000Z',
    revision: 1,
  };
  return {
    tokenKeyPem: null,
    sessions: new Map(),
    properties: new Map([[FILE_SHARING, property]]),
    fileSharing: { isOn: false, sinceMs: 0 },
    consumers: new Set(),
    profiles: new Map(),
    uploads: new Map(),
    conversations: new Map(),
    dialogs: new Map(),
    messages: new Map(),
    timeline: [],
    published: new Map(),
  };
}

/** What the messaging side believes at `nowMs`: it learns of a change `delayMs` later. */
export function isFileSharingOn({ fileSharing }: State, delayMs: number, nowMs: number): boolean {
  const ageMs = nowMs - fileSharing.sinceMs;
  // A change in the future: the sandbox's clock was set back since, and it knows the change long ago.
  const hasLearned = ageMs >= delayMs || ageMs < 0;
  return hasLearned ? fileSharing.isOn : !fileSharing.isOn;
}

function setProperty(state: State, property: SiteProperty): void {
  state.properties.set(property.id, property);
  if (property.id !== FILE_SHARING) return;
  const { value } = property.propertyValue;
  const isOn = !property.deleted && (value === true || value === 'true');
  // Writing the same again is not a change: what is believed stays believed.
  if (isOn !== state.fileSharing.isOn) state.fileSharing = { isOn, sinceMs: Date.parse(property.modifiedDate) };
}

export function applyFact(state: State, fact: Fact): void {
  switch (fact.what) {
    case 'token-key':
      state.tokenKeyPem = fact.privateKeyPem;
      return;
    case 'session':
      state.sessions.set(fact.session.bearer, fact.session);
      return;
    case 'session-ended':
      state.sessions.delete(fact.bearer);
      return;
    case 'property':
      setProperty(state, fact.property);
      return;
    case 'consumer':
      state.consumers.add(fact.consumerId);
      return;
    case 'profile':
      state.profiles.set(fact.consumerId, fact.profile);
      return;
    case 'upload':
      state.uploads.set(fact.upload.relativePath, fact.upload);
      return;
    case 'conversation':
      addConversation(state, fact.conversation);
      return;
    case 'conversation-changed':
      changeConversation(state, fact.conversationId, fact.updates, fact.atMs);
      return;
    case 'message':
      addMessage(state, fact.message);
  }
}

function addConversation(state: State, conversation: Conversation): void {
  state.conversations.set(conversation.conversationId, conversation);
  for (const dialog of conversation.dialogs) state.dialogs.set(dialog.dialogId, conversation.conversationId);
}

function changeConversation(state: State, id: string, updates: readonly ConversationUpdate[], atMs: number): void {
  const before = state.conversations.get(id);
  if (!before) return;
  const after = updates.reduce((conversation, update) => updated(conversation, update, atMs), before);
  state.conversations.set(id, { ...after, lastUpdateTime: atMs });
}

function updated(conversation: Conversation, update: ConversationUpdate, atMs: number): Conversation {
  switch (update.field) {
    case 'ttr':
      return { ...conversation, ttr: { ttrType: update.ttrType, value: update.value } };
    case 'csat':
      return { ...conversation, csat: update.csat };
    case 'state':
      return closed(conversation, () => true, update, atMs);
    case 'dialog':
      return closed(conversation, (dialogId) => dialogId === update.dialogId, update, atMs);
    case 'participant':
      return { ...conversation, participants: participantsAfter(conversation, update) };
    default:
      return conversation;
  }
}

/** One role each: joining in another one changes it. */
function participantsAfter(
  { participants }: Conversation,
  { change, participant }: Extract<ConversationUpdate, { readonly field: 'participant' }>,
): readonly Participant[] {
  const others = participants.filter(({ id }) => id !== participant.id);
  return change === 'ADD' ? [...others, participant] : others;
}

/** A conversation ends with its last open dialog. */
function closed(
  conversation: Conversation,
  concerns: (dialogId: string) => boolean,
  { closedCause, closeReason = 'CONSUMER' }: { readonly closedCause: string; readonly closeReason?: string },
  atMs: number,
): Conversation {
  const dialogs = conversation.dialogs.map((dialog) =>
    dialog.state === 'OPEN' && concerns(dialog.dialogId)
      ? { ...dialog, state: 'CLOSE' as const, endTs: atMs, closedCause }
      : dialog,
  );
  const main = dialogs.find((dialog) => dialog.dialogType === 'MAIN');
  const isEnded = dialogs.every((dialog) => dialog.state === 'CLOSE');
  return {
    ...conversation,
    dialogs,
    state: main?.state ?? 'CLOSE',
    ...(isEnded && conversation.stage === 'OPEN' ? { stage: 'CLOSE' as const, endTs: atMs, closeReason } : {}),
  };
}

function addMessage(state: State, message: Message): void {
  const dialog = state.messages.get(message.dialogId) ?? [];
  dialog.push(message);
  state.timeline.push(message);
  state.messages.set(message.dialogId, dialog);
  // A receipt of reading may carry anything beside what it must have; only a file that was checked gives a right to it.
  if (message.event['type'] !== 'ContentEvent') return;
  const content = message.event['message'];
  const path = typeof content === 'object' && content !== null ? (content as JsonObject)['relativePath'] : undefined;
  if (typeof path !== 'string') return;
  const holders = state.published.get(path) ?? new Set<string>();
  holders.add(message.conversationId);
  state.published.set(path, holders);
}
