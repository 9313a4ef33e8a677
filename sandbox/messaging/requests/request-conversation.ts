import { randomUUID } from 'node:crypto';
import type { Call, RequestHandler } from '../context';
import type { Conversation } from '../entries';
import { isObject, plainText, type JsonObject } from '../json';
import { refuse } from '../refusals';

/** Target times to respond, in seconds; the real ones are an account's own setting. */
const TTR_SECONDS: ReadonlyMap<string, number> = new Map([
  ['URGENT', 60],
  ['PRIORITIZED', 600],
  ['NORMAL', 3600],
  ['CUSTOM', 3600],
]);

/** cm.ConsumerRequestConversation: by default another conversation each time, so that duplicates are visible. */
export const requestConversation: RequestHandler = async (call) => {
  const { context, identity } = call;
  const conversation = newConversation(call);
  if (context.behaviour.openConversations === 'one') refuseSecond(call);
  context.opening.add(identity.consumerId);
  try {
    await context.ledger.commit({ what: 'conversation', conversation });
  } finally {
    context.opening.delete(identity.consumerId);
  }
  const { conversationId } = conversation;
  return { code: 200, type: 'cm.RequestConversationResponse', body: { conversationId } };
};

function newConversation({ frame, identity, context }: Call): Conversation {
  const { skillId, ttrType, conversationContext } = checked(frame.body, context.deps.accountId);
  const conversationId = randomUUID();
  const startTs = Date.now();
  return {
    conversationId,
    consumerId: identity.consumerId,
    brandId: context.deps.accountId,
    participants: [{ id: identity.consumerId, role: 'CONSUMER' }],
    skillId,
    state: 'OPEN',
    stage: 'OPEN',
    startTs,
    lastUpdateTime: startTs,
    ttr: { ttrType, value: TTR_SECONDS.get(ttrType) ?? 3600 },
    ...(isObject(conversationContext) ? { context: conversationContext } : {}),
    dialogs: [{ dialogId: conversationId, dialogType: 'MAIN', state: 'OPEN', creationTs: startTs }],
  };
}

function checked(body: JsonObject, accountId: string) {
  const { ttrDefName, channelType, brandId, skillId, conversationContext } = body as Record<
    'ttrDefName' | 'channelType' | 'brandId' | 'skillId' | 'conversationContext',
    unknown
  >;
  const ttrType = plainText(ttrDefName ?? 'NORMAL') ?? '';
  const skill = plainText(skillId ?? '-1') ?? '';
  if (!TTR_SECONDS.has(ttrType)) throw refuse.badValue('ttrDefName must be NORMAL, URGENT, PRIORITIZED or null.');
  if ((channelType ?? 'MESSAGING') !== 'MESSAGING') throw refuse.badValue('channelType must be MESSAGING.');
  if (plainText(brandId ?? accountId) !== accountId) throw refuse.badValue('brandId must be the account.');
  if (!/^(-1|\d{1,10})$/.test(skill)) throw refuse.badValue('skillId must be -1 or have at most 10 digits.');
  return { skillId: skill, ttrType, conversationContext };
}

function refuseSecond({ context, identity }: Call): void {
  const { consumerId } = identity;
  const hasOpen = [...context.ledger.state.conversations.values()].some(
    (conversation) => conversation.consumerId === consumerId && conversation.state === 'OPEN',
  );
  if (hasOpen || context.opening.has(consumerId)) throw refuse.openAlready();
}
