/** The arithmetic of limits: pure functions, which can be tested without a workflow. */
import type { Refusal } from '../../contract';

/** After a 429 the level is halved for this time. Then it is one below the refused number. */
export const RETURN_AFTER_MS = 5000;

/** After that, the level rises by one each time this interval has passed, up to the limit. */
export const PROBE_EVERY_MS = 60_000;

/** Refusals within this time after another refusal belong to the same burst. */
const BURST_MS = 1500;

/** When there are fewer places than workers with demand, the workers take turns of this length. */
export const TURN_MS = 5000;

/**
 * How many requests may be under way now.
 *
 * @param limit null: no limit, so only a refusal bounds the level
 */
export function levelAt(limit: number | null, refusal: Refusal | null, now: number): number | null {
  if (refusal === null) return limit;
  const sinceMs = now - refusal.at - RETURN_AFTER_MS;
  const wanted = sinceMs < 0 ? Math.floor(refusal.level / 2) : refusal.level - 1 + Math.floor(sinceMs / PROBE_EVERY_MS);
  return Math.min(limit ?? Infinity, Math.max(1, wanted));
}

/** The next change of `levelAt`, in Unix milliseconds; null when there is none. */
export function levelChangesAt(limit: number | null, refusal: Refusal | null, now: number): number | null {
  if (refusal === null || levelAt(limit, refusal, now + 1000 * PROBE_EVERY_MS) === levelAt(limit, refusal, now))
    return null;
  const returns = refusal.at + RETURN_AFTER_MS;
  if (now < returns) return returns;
  return returns + (Math.floor((now - returns) / PROBE_EVERY_MS) + 1) * PROBE_EVERY_MS;
}

/**
 * The state after a 429.
 *
 * @param inUse estimated number of requests under way in all workers
 */
export function refusedAt(limit: number | null, before: Refusal | null, inUse: number, now: number): Refusal {
  if (before !== null && now - before.at < BURST_MS) return before;
  const level = Math.min(levelAt(limit, before, now) ?? Infinity, Math.max(1, inUse));
  return { at: now, level };
}

/**
 * Shares that are as equal as the demands allow, in whole places. Places without demand go to the workers with demand,
 * so that a small rise in demand needs no new shares.
 *
 * @param turn rotates the order of the workers when there are not enough places for all
 */
export function sharesOf(places: number, demands: readonly number[], turn: number): number[] {
  const asking = demands.map((_, at) => (at + turn) % demands.length).filter((at) => (demands[at] ?? 0) > 0);
  const shares = demands.map(() => 0);
  let left = Math.max(0, places);
  /** Returns the number of remaining places. */
  const give = (to: readonly number[], most: number): number => {
    const each = Math.max(1, Math.min(most, Math.floor(left / to.length)));
    for (const at of to) {
      const more = Math.min(each, left);
      shares[at] = (shares[at] ?? 0) + more;
      left -= more;
    }
    return left;
  };
  for (;;) {
    const hungry = asking.filter((at) => (shares[at] ?? 0) < (demands[at] ?? 0));
    if (hungry.length === 0) break;
    const least = Math.min(...hungry.map((at) => (demands[at] ?? 0) - (shares[at] ?? 0)));
    if (give(hungry, least) === 0) break;
  }
  if (asking.length > 0) for (let spare = left; spare > 0;) spare = give(asking, spare);
  return shares;
}

/**
 * Like `sharesOf`, but starts from the present shares and moves few places, because each change of a share is an
 * activity. A worker keeps places beyond its demand until another worker needs them. A worker with demand may have one
 * place more than another.
 *
 * @param given the present shares
 */
export function calmSharesOf(places: number, demands: readonly number[], given: readonly number[]): number[] {
  const all = demands.map((_, at) => at);
  // Where nothing limited the places before, a share is a very large number.
  const shares = all.map((at) => Math.min(given[at] ?? 0, Math.max(0, places)));
  const shareOf = (at: number): number => shares[at] ?? 0;
  const lacks = (at: number): number => (demands[at] ?? 0) - shareOf(at);
  const add = (at: number, more: number): void => void (shares[at] = shareOf(at) + more);
  /** The worker with the most places beyond its demand, else the worker with the most places. */
  const donorOf = (among: readonly number[]): number | undefined =>
    highest(among.toReversed(), (at) => Math.max(0, -lacks(at)) * (places + 1) + shareOf(at));
  let free = Math.max(0, places) - shares.reduce((sum, share) => sum + share, 0);
  for (; free < 0; free += 1) {
    const donor = donorOf(all.filter((at) => shareOf(at) > 0));
    if (donor !== undefined) add(donor, -1);
  }
  for (;;) {
    const poorest = highest(
      all.filter((at) => lacks(at) > 0),
      (at) => -shareOf(at),
    );
    if (poorest === undefined) break;
    const donor = free > 0 ? null : donorOf(all.filter((at) => lacks(at) < 0 || shareOf(at) - shareOf(poorest) >= 2));
    if (donor === undefined) break;
    if (donor === null) free -= 1;
    else add(donor, -1);
    add(poorest, 1);
  }
  const asking = all.filter((at) => (demands[at] ?? 0) > 0);
  for (; free > 0; free -= 1) {
    const poorest = highest(asking, (at) => -shareOf(at));
    if (poorest === undefined) break;
    add(poorest, 1);
  }
  return shares;
}

/** The first of those with the highest value. */
function highest(among: readonly number[], valueOf: (at: number) => number): number | undefined {
  return among.reduce<number | undefined>(
    (best, at) => (best === undefined || valueOf(at) > valueOf(best) ? at : best),
    undefined,
  );
}

/** The part of a rate for each worker, in proportion to its share; equal parts when the shares are unlimited. */
export function partsOf(shares: readonly (number | null)[], demands: readonly number[]): number[] {
  const weights = shares.map((share, at) => share ?? ((demands[at] ?? 0) > 0 ? 1 : 0));
  const sum = weights.reduce((all, one) => all + one, 0);
  return weights.map((weight) => (sum === 0 ? 0 : weight / sum));
}
