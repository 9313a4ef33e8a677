import type { FaultRule, RequestRecord } from '../../../sandbox/types';

/**
 * When the worker is killed, seen from one request of its: before the service has looked at it; when it had its effect
 * and the answer lies unread; when the answer was read and Temporal not told; when Temporal has just been told.
 */
export const MOMENTS = ['arrived', 'done', 'answered', 'told'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Case {
  readonly name: string;
  /** Also the name of its account. */
  readonly id: string;
  /** What must happen before, so that the boundary is reached at all. */
  readonly prelude: readonly FaultRule[];
  readonly at: string;
  /** The activity that ends with this request's answer; null: others follow in the same one. */
  readonly ends: { readonly workflow: 'transfer' | 'consumer'; readonly activity: string } | null;
}

const CREATE = 'request:cm.ConsumerRequestConversation';
const PUBLISH = 'request:ms.PublishEvent';
const CONVERSATIONS = 'request:cqm.SubscribeExConversations';

/** Every request of the steps open and publish, the first time and again after an answer that was lost. */
const CASES: readonly Case[] = [
  {
    id: 'signup',
    name: 'the consumer signs up',
    prelude: [],
    at: 'signup',
    ends: { workflow: 'consumer', activity: 'acquireToken' },
  },
  { id: 'socket', name: 'its socket opens', prelude: [], at: 'socket', ends: null },
  { id: 'list', name: 'its conversations are asked for', prelude: [], at: CONVERSATIONS, ends: null },
  { id: 'clock', name: 'the clock behind them is asked for', prelude: [], at: 'request:GetClock', ends: null },
  {
    id: 'create',
    name: 'a conversation is created',
    prelude: [],
    at: CREATE,
    ends: { workflow: 'consumer', activity: 'ensureConversation' },
  },
  {
    id: 'list-again',
    name: 'its conversations are asked for after the answer to a creation was lost',
    prelude: [
      { at: CREATE, do: 'drop-after', times: 1 },
      { at: CONVERSATIONS, do: { delayMs: 0 }, times: 1 },
    ],
    at: CONVERSATIONS,
    ends: null,
  },
  {
    id: 'create-again',
    name: 'a conversation is created after a creation that was lost on the way',
    prelude: [{ at: CREATE, do: 'drop-before', times: 1 }],
    at: CREATE,
    ends: { workflow: 'consumer', activity: 'ensureConversation' },
  },
  {
    id: 'publish',
    name: 'the message is published',
    prelude: [],
    at: PUBLISH,
    ends: { workflow: 'transfer', activity: 'publish' },
  },
  {
    id: 'look',
    name: 'the dialog is read after the answer to a publish was lost',
    prelude: [{ at: PUBLISH, do: 'drop-after', times: 1 }],
    at: 'request:ms.SubscribeMessagingEvents',
    ends: null,
  },
  {
    id: 'publish-again',
    name: 'the message is published after a publish that was lost on the way',
    prelude: [{ at: PUBLISH, do: 'drop-before', times: 1 }],
    at: PUBLISH,
    ends: { workflow: 'transfer', activity: 'publish' },
  },
];

/** Is this an answered request of the point? */
export function isAnswered(at: string, { type, path, status, code }: RequestRecord): boolean {
  if (at.startsWith('request:')) return `request:${type}` === at && code !== undefined;
  const there = at === 'socket' ? path?.endsWith('/messaging/consumer') : path?.includes('/signup');
  return there === true && status !== undefined;
}

/** Every line for the first moment; the others differ only where a request has an effect that outlives its answer. */
export function casesAt(moment: Moment): readonly Case[] {
  return moment === 'arrived' ? CASES : CASES.filter(({ ends }) => ends !== null);
}
