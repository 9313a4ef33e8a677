import { randomUUID } from 'node:crypto';
import type { Call, RequestHandler } from '../context';
import type { OpenOrClosed } from '../entries';
import { textAnswer, type Answer } from '../frames';
import { arrayOf, wholeNumber } from '../json';
import { firstConversations } from '../notifications';
import { refuse } from '../refusals';
import type { ConversationSubscription } from '../session';
import { requireText } from './access';

/** cqm.SubscribeExConversations: the consumer's own conversations that match, at once and on every change. */
export const subscribeConversations: RequestHandler = (call) => {
  const { frame, identity } = call;
  const { convState, stage, minLastUpdatedTime } = frame.body as Record<
    'convState' | 'stage' | 'minLastUpdatedTime',
    unknown
  >;
  const since = wholeNumber(minLastUpdatedTime ?? 0);
  if (since === null) throw refuse.badValue('minLastUpdatedTime must be a time in milliseconds.');
  const subscription: ConversationSubscription = {
    states: admitted(convState, 'convState'),
    stages: admitted(stage, 'stage'),
    minLastUpdatedTime: since,
    reported: new Set(),
    isWanted: ({ participants }) => participants.some(({ id }) => id === identity.consumerId),
  };
  return subscribed(call, subscription, 'cqm.SubscribeExConversationsResponse');
};

/** Registers a subscription; its answer is followed by the conversations that match it now. */
export function subscribed({ session, context }: Call, subscription: ConversationSubscription, type: string): Answer {
  const subscriptionId = randomUUID();
  const all = context.ledger.state.conversations.values();
  // In one tick with the registration: no change is missed or told twice.
  const first = firstConversations(session, subscriptionId, subscription, all, context.behaviour);
  session.conversations.set(subscriptionId, subscription);
  return { code: 200, type, body: { subscriptionId }, afterwards: () => session.send(first) };
}

export const unsubscribeConversations: RequestHandler = ({ frame, session }) => {
  const isKnown = session.conversations.delete(requireText(frame.body['subscriptionId'], 'subscriptionId'));
  if (!isKnown) throw refuse.badValue('This socket has no subscription with this id.');
  return textAnswer('OK Unsubscribed');
};

/** Nothing given admits both. */
export function admitted(value: unknown, name: string): readonly OpenOrClosed[] {
  const given = arrayOf(value);
  const known = given.filter((one): one is OpenOrClosed => one === 'OPEN' || one === 'CLOSE');
  if (known.length !== given.length) throw refuse.badValue(`${name} may hold OPEN and CLOSE only.`);
  return known.length > 0 ? known : ['OPEN', 'CLOSE'];
}
