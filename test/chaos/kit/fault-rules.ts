import type { FaultAction } from '../../../sandbox/types';
import type { Chance } from './random';

interface PossibleFault {
  readonly at: string;
  make(draw: Chance): FaultAction;
}

const fixed = (action: FaultAction) => (): FaultAction => action;
const delay = (draw: Chance): FaultAction => ({ delayMs: draw.logarithmic(100, 6000) });
const throttled = fixed({ error: { code: 429 } });
const unavailable = (draw: Chance): FaultAction => ({ status: draw.pick([500, 502, 503]) });
const someBytes = (draw: Chance): number => draw.logarithmic(1, 2_000_000);

/** All heal by themselves: whatever fails for good in a run was not caused by these. */
export function faultRules(tokensMayExpire: boolean): readonly PossibleFault[] {
  const rules: PossibleFault[] = [];
  const at = (points: readonly string[], ...make: PossibleFault['make'][]): void => {
    for (const point of points) rules.push(...make.map((each) => ({ at: point, make: each })));
  };
  const drops = [fixed('drop-before'), fixed('drop-after'), delay];
  at(['csds', 'login', 'property', 'signup'], ...drops, unavailable, throttled);
  at(['socket'], ...drops, unavailable, (draw) => ({ closeCode: draw.pick([1001, 1011, 1012]) }));
  at(['put', 'put', 'get', 'head'], ...drops, unavailable, fixed('expired'));
  at(['put', 'put', 'put', 'get', 'get'], fixed('corrupt'), (draw) => ({ resetAfterBytes: someBytes(draw) }));
  at(['put', 'put', 'get'], (draw) => ({ truncateAtBytes: someBytes(draw) }));
  const requests = [
    'ms.PublishEvent',
    'ms.PublishEvent',
    'cm.ConsumerRequestConversation',
    'cqm.SubscribeExConversations',
    'ms.SubscribeMessagingEvents',
    'ms.GenerateURLForUploadFile',
    'ms.GenerateURLForDownloadFile',
    'GetClock',
  ].map((type) => `request:${type}`);
  at(requests, ...drops, throttled, fixed({ error: { code: 503 } }), fixed({ closeCode: 1011 }), fixed('corrupt'));
  at(['request:ms.GenerateURLForUploadFile', 'request:ms.GenerateURLForDownloadFile'], fixed('expired'));
  // Where the identity outlives its token. A renewed sign-up is another identity, which may not see the old one's files.
  if (tokensMayExpire) {
    at(['socket', 'request:ms.PublishEvent', 'request:GetClock'], fixed('expired'), fixed({ closeCode: 4401 }));
  }
  return rules;
}
