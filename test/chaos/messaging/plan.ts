import type { FaultAction, FaultRule } from '../../../sandbox/types';
import type { Plan } from '../kit/plan';
import { chanceFor, type Chance } from '../kit/random';
import type { MessagingOptions } from './options';

const FEW_REQUESTS = 10;

/** What may go wrong at a point; all of it heals by itself. */
type Kind = 'http' | 'upgrade' | 'request';

interface Point {
  readonly at: string;
  readonly kind: Kind;
  /** So many of its requests are looked at by the plan; those that come after pass. */
  readonly requests: number;
}

/** Every point of the messaging path, with about as many requests as a run makes there. */
function points({ transfers, consumers }: Pick<MessagingOptions, 'transfers' | 'consumers'>): readonly Point[] {
  const http = (at: string, requests: number): Point => ({ at, kind: 'http', requests });
  const request = (type: string, requests: number): Point => ({ at: `request:${type}`, kind: 'request', requests });
  return [
    http('csds', 10),
    http('login', 8),
    http('property', 10),
    http('signup', 3 * consumers),
    { at: 'socket', kind: 'upgrade', requests: 2 * consumers + transfers },
    request('GetClock', 2 * consumers + transfers),
    request('cqm.SubscribeExConversations', 3 * consumers),
    request('cqm.UnsubscribeExConversations', consumers),
    request('cm.ConsumerRequestConversation', 2 * consumers),
    request('ms.GenerateURLForUploadFile', 2 * transfers),
    request('ms.GenerateURLForDownloadFile', 2 * transfers),
    request('ms.PublishEvent', 2 * transfers),
    request('ms.SubscribeMessagingEvents', transfers),
  ];
}

const delay = (draw: Chance): FaultAction => ({ delayMs: draw.logarithmic(50, 12_000) });

function fault(kind: Kind, draw: Chance): FaultAction {
  const throttled: FaultAction = kind === 'upgrade' ? { status: 429 } : { error: { code: 429 } };
  const common = ['drop-before', 'drop-after', delay(draw), throttled] as const;
  if (kind === 'http') return draw.pick(common);
  const closed = [4401, 4407, 1006, 1011].map((closeCode): FaultAction => ({ closeCode }));
  return draw.pick([...common, ...closed]);
}

/**
 * The rules of one point, to be met in order: so many requests pass, the next one meets the fault. They do not depend on
 * the time, so a slow machine sees as many faults as a quick one.
 */
function rulesOf({ at, kind, requests }: Point, { seed, share }: MessagingOptions): FaultRule[] {
  const draw = chanceFor(seed, `faults at ${at}`);
  const rules: FaultRule[] = [];
  let passing = 0;
  for (let left = requests; left > 0; left -= 1) {
    // A point with few requests would seldom see a fault: there the first one is five times as likely to meet one.
    const isFirstOfFew = left === requests && requests <= FEW_REQUESTS;
    if (!draw.maybe(isFirstOfFew ? 5 * share : share)) {
      passing += 1;
      continue;
    }
    if (passing > 0) rules.push({ at, do: { delayMs: 0 }, times: passing });
    rules.push({ at, do: fault(kind, draw), times: 1 });
    passing = 0;
  }
  return rules;
}

/** A pure function of its options. */
export function faultsOf(options: MessagingOptions): readonly FaultRule[] {
  return points(options).flatMap((point) => rulesOf(point, options));
}

/** Connections are lost at the upgrade, and those that are open with the next request on them. */
export function outageOf(options: MessagingOptions): readonly FaultRule[] {
  const onSocket = points(options).filter(({ kind }) => kind !== 'http');
  return onSocket.map(({ at }): FaultRule => ({ at, do: 'drop-before' }));
}

/** Consumers in a row, their files one after the other; the kit's stage and machine are built from this. */
export function planOf({ transfers, consumers, seed }: MessagingOptions): Plan {
  const waves = Array.from({ length: consumers }, (_, index) => ({
    id: `consumer-${index + 1}`,
    atMs: 0,
    host: 'a' as const,
    consumer: `consumer-${index + 1}`,
    target: 'disk' as const,
    files: Array.from({ length: Math.ceil((transfers - index) / consumers) }, (_none, file) => ({
      name: `${index + 1}-${file + 1}.jpg`,
      sizeBytes: 1000,
    })),
    againAtMs: [],
    killAfterMs: null,
  }));
  // Visitors: their identity outlives its token, which 4401 and 4407 end. A new sign-up would be another consumer.
  return { seed, forMs: 0, cluster: false, consumerMode: 'anonymous', urlLifeSeconds: 60, waves, actions: [] };
}
