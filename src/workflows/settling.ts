import type { PublishInput } from '../contract';

/** The time from which a look without a result proves that there is no message. */
export type Settling = Pick<PublishInput, 'settledAt' | 'isSettledAtGuessed'>;

export const SETTLED: Settling = { settledAt: null };

/**
 * How long a frame may still take effect after an attempt without any report: the heartbeat times out (15 s), and the
 * service finishes the requests that it has received (60 s).
 */
export const SETTLED_AFTER_MS = 75_000;

/** The clock of a worker may be ahead of the workflow's clock by less than this. */
const CLOCK_MARGIN_MS = 10_000;

/**
 * When a look may be believed after an attempt that left no report. The attempt may have sent a frame just now, but not
 * before the time that it was told: until then a look that finds nothing ends the attempt. Without this rule, a wait
 * that is broken off again and again would never end.
 *
 * @param told the settling in the input of the attempt
 */
export function settlingAfterSilence(told: Settling): Settling {
  const { settledAt } = told;
  const now = Date.now();
  if (settledAt !== null && now < settledAt - CLOCK_MARGIN_MS) return told;
  return { settledAt: now + SETTLED_AFTER_MS, isSettledAtGuessed: true };
}

/** `settledAt`, also in milliseconds from now. */
export function settlesAt(settledAt: number | null): { readonly settledAt: number | null; settlesInMs: number | null } {
  return { settledAt, settlesInMs: settledAt === null ? null : Math.max(0, settledAt - Date.now()) };
}
