/**
 * What the brand's socket (version 2.1) shows, in the older form that its clients read: people by two ids, participants
 * by role, one event a notification. The newer form is that of the consumer's socket.
 */
import type { Conversation, Participant } from '../entries';
import { notificationText } from '../frames';
import type { JsonObject } from '../json';
import { SANDBOX_USERS } from '../users';

/** `{account}.{userId}` of an agent; a consumer has one id alone. */
function legacyId(accountId: string, id: string): string {
  const user = SANDBOX_USERS.find(({ userPid }) => userPid === id);
  return user ? `${accountId}.${user.userId}` : id;
}

/** The agent's own id, by either of its two; null: no agent of the account. */
export function agentId(accountId: string, given: unknown): string | null {
  const user = SANDBOX_USERS.find(({ userId, userPid }) => given === userPid || given === `${accountId}.${userId}`);
  return user?.userPid ?? null;
}

export function brandEventText(accountId: string, change: JsonObject): string {
  return notificationText('.ams.ms.OnlineEventDistribution', brandEvent(accountId, change));
}

export function brandEvent(accountId: string, change: JsonObject): JsonObject {
  const originatorPId = String(change['originatorId']);
  return { ...change, originatorId: legacyId(accountId, originatorPId), originatorPId };
}

export function brandConversationsText(subscriptionId: string, changes: readonly JsonObject[]): string {
  return notificationText('.ams.aam.ExConversationChangeNotification', { subscriptionId, changes });
}

/** @param details as the consumer's socket shows them */
export function brandDetails(conversation: Conversation, details: JsonObject): JsonObject {
  const { participants, brandId, conversationId } = conversation;
  return {
    ...details,
    convId: conversationId,
    participants: byRole(participants, (id) => legacyId(brandId, id)),
    participantsPId: byRole(participants, (id) => id),
    dialogs: conversation.dialogs.map((dialog) => ({
      ...dialog,
      channelType: 'MESSAGING',
      participants: participants.map(({ id }) => legacyId(brandId, id)),
      participantsDetails: participants.map(({ id, role }) => ({ id: legacyId(brandId, id), role, state: 'ACTIVE' })),
    })),
  };
}

function byRole(
  participants: readonly Participant[],
  shown: (id: string) => string,
): Readonly<Record<string, readonly string[]>> {
  const roles = [...new Set(participants.map(({ role }) => role))];
  return Object.fromEntries(
    roles.map((role) => [role, participants.filter((one) => one.role === role).map(({ id }) => shown(id))]),
  );
}
