import type { RequestRecord } from '../../../sandbox/types';
import type { RunLog } from '../kit/journal';
import type { SandboxView } from '../kit/sandbox-view';
import { judgeMessages, judgeOutcomes, type Finding } from '../kit/truth';
import type { MessagingResult, Outage } from './run';

const MINUTE_MS = 60_000;
/** What was under way when the service went away fails, and is tried once more, in these first seconds. */
const BREAK_MS = 5000;
/** Requests a second and consumer, on average over ten seconds: more is hammering. */
const MOST_REQUESTS = 2;
const WINDOW_MS = 10_000;

type Seen = Pick<MessagingResult, 'options' | 'outcomes' | 'outage' | 'requests'>;

/** Exactly one message for each transfer, exactly one conversation for each consumer, and nobody was hammered. */
export async function judge(seen: Seen, view: SandboxView, log: RunLog): Promise<Finding[]> {
  const { options, outcomes } = seen;
  const consumers = new Set(outcomes.map(({ sent }) => sent.wave.consumer)).size;
  return [
    ...judgeOutcomes(outcomes),
    ...(await judgeMessages(outcomes, view)),
    ...(await judgeConversations(view, consumers)),
    ...judgeLogins(seen.requests),
    ...judgePace(seen, options.consumers),
    ...(log.count('died') > 0 ? [{ kind: 'lost' as const, what: 'a part ended by itself (see the log)' }] : []),
  ];
}

async function judgeConversations(view: SandboxView, consumers: number): Promise<Finding[]> {
  const conversations = await view.conversations();
  const identities = new Set(conversations.map(({ consumerId }) => consumerId)).size;
  if (conversations.length === consumers && identities === consumers) return [];
  const what = `${conversations.length} conversations of ${identities} identities for ${consumers} consumers`;
  return [{ kind: conversations.length < consumers ? 'lost' : 'doubled', what }];
}

/** Logins that gave a session. One whose answer was lost gave none, and has to be made again. */
export function loginsOf(requests: readonly RequestRecord[]): { readonly tried: number; readonly given: number[] } {
  const tried = requests.filter(({ path }) => path?.endsWith('/login') === true);
  return { tried: tried.length, given: tried.filter(({ status }) => status === 200).map(({ at }) => Date.parse(at)) };
}

function judgeLogins(requests: readonly RequestRecord[]): Finding[] {
  const { given } = loginsOf(requests);
  const tooSoon = given.filter((at, index) => index > 0 && at - given[index - 1]! < MINUTE_MS);
  return tooSoon.length === 0 ? [] : [{ kind: 'resent', what: `${tooSoon.length} logins within a minute of another` }];
}

/** Requests to the messaging service a second and consumer: over the whole outage, and in its worst ten seconds. */
export function paceOf(requests: readonly RequestRecord[], { from, to }: Outage, consumers: number) {
  const times = requests
    .filter(({ path }) => path?.startsWith('/v1/') !== true)
    .map(({ at }) => Date.parse(at))
    .filter((at) => at >= from && at < to);
  const steady = times.filter((at) => at >= from + BREAK_MS);
  const busiest = steady.map((at) => steady.filter((other) => other >= at && other < at + WINDOW_MS).length);
  const rate = (count: number, ms: number): number => count / (ms / 1000) / consumers;
  return {
    atTheBreak: times.length - steady.length,
    mean: rate(steady.length, Math.max(1, to - from - BREAK_MS)),
    worst: rate(Math.max(0, ...busiest), WINDOW_MS),
  };
}

function judgePace({ requests, outage }: Seen, consumers: number): Finding[] {
  if (outage === null) return [];
  const { mean, worst } = paceOf(requests, outage, consumers);
  if (worst < MOST_REQUESTS) return [];
  const what = `${worst.toFixed(2)} requests a second and consumer in the worst ten seconds of the outage, ${mean.toFixed(2)} on average`;
  return [{ kind: 'resent', what }];
}
