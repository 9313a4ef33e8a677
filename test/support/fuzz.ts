/** Many damaged inputs, each with the time of the processor that it takes. */

/** `FERRY_FUZZ_RUNS=1000000 npx jest fuzz redact-time` is the long run. */
export const FUZZ_RUNS = Number(process.env['FERRY_FUZZ_RUNS'] ?? 10_000);

/** Longer than this means that one input can hold a worker up. */
export const MOST_CPU_MS = 50;

export interface Random {
  /** A whole number from 0 to `below - 1`. */
  number(below: number): number;
  pick<T>(from: readonly T[]): T;
}

/** Mulberry32: the same numbers for the same seed, on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const number = (below: number): number => Math.floor(next() * below);
  return { number, pick: (from) => from[number(from.length)]! };
}

export interface Slowest {
  readonly cpuMs: number;
  /** To make the input again. */
  readonly seed: number;
}

/**
 * Makes an input from each seed and runs it.
 *
 * @returns the run that took the processor longest. A run that seems slow is repeated, because a collection of garbage
 *   may fall into any of them; the shortest of its times counts.
 */
export function slowestOf<T>(make: (random: Random) => T, run: (input: T) => void): Slowest {
  const first = Number(process.env['FERRY_FUZZ_SEED'] ?? Date.now() % 1_000_000_000);
  let slowest: Slowest = { cpuMs: 0, seed: first };
  for (let seed = first; seed < first + FUZZ_RUNS; seed += 1) {
    const input = make(seeded(seed));
    let cpuMs = cpuTimeOf(() => run(input));
    for (let again = 0; again < 3 && cpuMs > MOST_CPU_MS; again += 1)
      cpuMs = Math.min(
        cpuMs,
        cpuTimeOf(() => run(input)),
      );
    if (cpuMs > slowest.cpuMs) slowest = { cpuMs, seed };
  }
  process.stderr.write(
    `${FUZZ_RUNS} runs from seed ${first}: the slowest took ${slowest.cpuMs} ms (${slowest.seed})\n`,
  );
  return slowest;
}

/** Milliseconds of the processor: other programs on the machine do not count. */
function cpuTimeOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

const LONG = 200_000;

const PIECES = [
  '\\',
  '"',
  "'",
  '{',
  '[',
  ':',
  ',',
  ' ',
  '\n',
  '\0',
  '%2e',
  '../',
  '\ud800',
  '\u202e',
  'é',
  '0',
  '-',
  'a',
];

export function anyText(random: Random): string {
  const piece = random.pick(PIECES);
  const repeats = random.number(1000) === 0 ? LONG : random.pick([0, 1, 2, 100, 300, 1100, 5000]);
  return random.number(2) === 0 ? piece.repeat(repeats) : `${random.pick(PIECES)}${piece.repeat(random.number(20))}`;
}

export function anyValue(random: Random, depth = 2): unknown {
  const simple = [null, undefined, true, 0, -1, 1.5, Number.NaN, Infinity, 2 ** 53, anyText(random), '', {}, []];
  if (depth === 0 || random.number(3) > 0) return random.pick(simple);
  const inner = Array.from({ length: random.pick([1, 2, 50]) }, () => anyValue(random, depth - 1));
  return random.number(2) === 0 ? inner : Object.fromEntries(inner.map((value, at) => [`k${at}`, value]));
}

/** A copy in which one value, at any depth, is another one or is missing. */
export function damaged(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.number(6) === 0) return anyValue(random);
  const entries = Object.entries(value);
  if (entries.length === 0) return anyValue(random);
  const [name] = random.pick(entries);
  const isArray = Array.isArray(value);
  const copy: Record<string, unknown> = Object.fromEntries(entries);
  if (random.number(8) === 0) delete copy[name];
  else copy[name] = damaged(copy[name], random);
  if (random.number(20) === 0) copy[anyText(random).slice(0, 100)] = anyValue(random);
  return isArray ? Object.values(copy) : copy;
}

/** A text with pieces cut out, put in, repeated or replaced. */
export function damagedText(text: string, random: Random): string {
  let damagedSoFar = text;
  for (let count = random.number(4); count >= 0; count -= 1) {
    const at = random.number(damagedSoFar.length + 1);
    const length = random.number(20);
    const [head, cut, tail] = [
      damagedSoFar.slice(0, at),
      damagedSoFar.slice(at, at + length),
      damagedSoFar.slice(at + length),
    ];
    const middle = random.pick([() => '', () => anyText(random), () => cut.repeat(random.pick([2, 50, 1000]))])();
    damagedSoFar = head + middle + tail;
  }
  return damagedSoFar;
}
