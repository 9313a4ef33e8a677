/** Seeded chance: the same seed gives the same run. */
export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number;
  /** Small ones as likely as large ones: evenly spread over the orders of magnitude. */
  logarithmic(least: number, most: number): number;
  pick<T>(items: readonly T[]): T;
  /** True this often, from 0 to 1. */
  maybe(share: number): boolean;
  /** Milliseconds until something that happens every `meanMs` on average. */
  wait(meanMs: number): number;
}

/** Mulberry32: 32 bits of state, plenty for plans of some thousand draws. */
function chance(seed: number): Chance {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    next,
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    logarithmic: (least, most) => Math.round(least * (most / least) ** next()),
    pick: (items) => items[Math.floor(next() * items.length)]!,
    maybe: (share) => next() < share,
    wait: (meanMs) => Math.round(-Math.log(1 - next()) * meanMs),
  };
}

/** A stream of its own for one purpose, so that a change in one part of a plan leaves the others as they were. */
export function chanceFor(seed: number, purpose: string): Chance {
  let hash = 0x811c9dc5;
  for (const letter of `${seed} ${purpose}`) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
  return chance(hash);
}
