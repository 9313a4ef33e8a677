/**
 * How long a service may still carry out a request that it did not answer. A look that finds nothing is not believed
 * before. The wall clock may be set while this time runs, so the time is kept on the steady clock as well; only another
 * host or boot has to rely on the wall clock.
 */
import { SETTLE_MS, type PublishInput, type Unsettled } from '../contract';
import type { Intent } from '../ledger';
import { defined } from '../lib/defined';
import { steadyIn, steadyMsUntil } from '../lib/steady-clock';

/**
 * The longest time between an intent and its frame. Another transfer that waits for the result of the intent relies on
 * this bound. A frozen attempt cannot exceed it, because the fence refuses frames when heartbeats are missing.
 */
export const INTENT_VALID_MS = 15_000;

/** No request takes longer to settle. More time than this is left only when the wall clock was set back. */
const MOST_MS = INTENT_VALID_MS + SETTLE_MS;

/** The facts about a request that settles within `ms` milliseconds. */
export function unsettledFor(ms: number): Unsettled {
  return { unsettledUntil: Date.now() + ms, settlesInMs: ms, ...defined({ steadyUntil: steadyIn(ms) }) };
}

/** What the workflow says of an earlier activity. The time of its own clock counts only when it says nothing else. */
export function unsettledBefore({ settledAt, settlesInMs }: Settling): Unsettled {
  const ms = settlesInMs === undefined ? msToSettle({ unsettledUntil: settledAt }) : (settlesInMs ?? 0);
  return ms <= 0 ? SETTLED : unsettledFor(Math.min(ms, MOST_MS));
}

export type Settling = Pick<PublishInput, 'settledAt' | 'settlesInMs'>;

export const SETTLED: Unsettled = { unsettledUntil: null };

/** The details of an attempt with `settlesInMs` as it is now. A report that is repeated must not move the end of a wait. */
export function reported<Details>(details: Details): Details {
  const { unsettledUntil = null } = (details ?? {}) as Partial<Unsettled>;
  if (unsettledUntil === null) return details;
  return { ...details, settlesInMs: msToSettle({ ...(details as Unsettled) }) };
}

/** Milliseconds until the request has settled; 0 when it has. */
export function msToSettle({ unsettledUntil, steadyUntil }: Unsettled): number {
  if (unsettledUntil === null) return 0;
  const left = steadyMsUntil(steadyUntil) ?? unsettledUntil - Date.now();
  return Math.max(0, Math.min(left, MOST_MS));
}

/** The `at` of an intent that settles at this time. ISO 8601, UTC. */
export function intentTime(settlesAt: number): string {
  return new Date(settlesAt - MOST_MS).toISOString();
}

/** Milliseconds until a look that finds nothing proves that an intent had no effect; 0: it proves that now. */
export function msToSettleIntent({ at, steadyAt }: Pick<Intent, 'at' | 'steadyAt'>): number {
  const steadyUntil = steadyAt === undefined ? undefined : { ...steadyAt, ms: steadyAt.ms + MOST_MS };
  return msToSettle({ unsettledUntil: Date.parse(at) + MOST_MS, ...defined({ steadyUntil }) });
}
