import type { FaultRule } from '../../../sandbox/types';
import type { Case } from '../boundaries/cases';

const PUBLISH = 'request:ms.PublishEvent';
const LOOK = 'request:ms.SubscribeMessagingEvents';
const LIST = 'request:cqm.SubscribeExConversations';

const STATUSES = [400, 401, 403, 404, 409] as const;

type Refusal = FaultRule['do'];

/** Refusals of a frame: by code, as a closed conversation, and by closing the socket. */
const OF_FRAMES: Readonly<Record<string, Refusal>> = {
  ...Object.fromEntries(STATUSES.map((code) => [`${code}`, { error: { code } }])),
  closed: { error: { code: 400, errorCode: 40_016, title: 'The conversation is closed.' } },
  'closed-socket': { closeCode: 4401 },
};
const OF_HTTP: Readonly<Record<string, Refusal>> = Object.fromEntries(
  STATUSES.map((status) => [`${status}`, { status }]),
);

/** The message of attempt 1 lands and its answer is lost; a request of attempt 2 is refused once. */
export interface RefusalCase extends Case {
  /** In force from the start. */
  readonly rules: readonly FaultRule[];
  /**
   * Replace the others once the message has landed, when the worker is killed: a new worker has to ask for everything.
   * Empty: the worker is not killed for this case.
   */
  readonly afterKill: readonly FaultRule[];
  /** The consumer had to sign up anew: another identity, which may not read the old one's dialog. Nobody can know then. */
  readonly identityLost: boolean;
  /** Type of the refused request in the sandbox's journal, or a part of its path. */
  readonly refused: string;
}

const lost: FaultRule = { at: PUBLISH, do: 'drop-after', times: 1 };
const pass = (at: string): FaultRule => ({ at, do: { delayMs: 0 }, times: 1 });

function cases(
  id: string,
  what: string,
  refusals: Readonly<Record<string, Refusal>>,
  refused: string,
  rules: (refusal: Refusal) => Pick<RefusalCase, 'rules' | 'afterKill'>,
): readonly RefusalCase[] {
  return Object.entries(refusals).map(([name, refusal]) => ({
    id: `${id}-${name}`,
    name: `${what} is refused with ${name}`,
    prelude: [],
    at: PUBLISH,
    ends: null,
    refused,
    identityLost: id === 'list' && IDENTITY_LOST.has(name),
    ...rules(refusal),
  }));
}

/** A second refusal of its token, in a row, makes a consumer sign up anew. */
const IDENTITY_LOST: ReadonlySet<string> = new Set(['401', 'closed-socket']);

const once = (at: string, refusal: Refusal): FaultRule => ({ at, do: refusal, times: 1 });

/** Every request that comes before the publish of attempt 2, with every refusal. */
export const REFUSALS: readonly RefusalCase[] = [
  ...cases('look', 'the reading of the dialog', OF_FRAMES, 'ms.SubscribeMessagingEvents', (refusal) => ({
    rules: [lost, once(LOOK, refusal)],
    afterKill: [],
  })),
  // The clock behind it is asked for only while the message has not come: test/liveperson/look.test.ts refuses it.
  // The first upgrade is that of the consumer's shared socket; the look has one of its own.
  ...cases('socket', 'the socket of the look', OF_HTTP, '/messaging/consumer', (refusal) => ({
    rules: [lost, pass('socket'), once('socket', refusal)],
    afterKill: [],
  })),
  // After a refused token the list of conversations shows whether the identity is still accepted.
  ...cases('list', 'after a 401 the list of conversations', OF_FRAMES, 'cqm.SubscribeExConversations', (refusal) => ({
    rules: [lost, pass('socket'), once('socket', { status: 401 }), pass(LIST), once(LIST, refusal)],
    afterKill: [],
  })),
  ...cases('csds', 'discovery', OF_HTTP, '/baseURI', (refusal) => ({
    rules: [lost, { at: LOOK, do: 'drop-before' }],
    afterKill: [once('csds', refusal)],
  })),
];
