import * as fc from 'fast-check';
import { calmSharesOf, levelAt, levelChangesAt, partsOf, refusedAt, sharesOf } from '../../src/workflows/limits/shares';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe('Shares', () => {
  test.each([
    [8, [8, 8, 8, 8], [2, 2, 2, 2]],
    [8, [1, 8, 8], [1, 4, 3]],
    [8, [0, 8], [0, 8]],
    [8, [0, 0], [0, 0]],
    [8, [1, 1], [4, 4]],
    [5, [4, 4], [3, 2]],
    [2, [4, 4, 4, 4], [1, 1, 0, 0]],
    [0, [4], [0]],
    [-1, [4], [0]],
    [3, [], []],
  ])('of %i places for demands of %j are %j', (places, demands, shares) => {
    expect(sharesOf(places, demands, 0)).toEqual(shares);
  });

  test('move on with the turn where there are fewer places than workers that ask', () => {
    expect([0, 1, 2, 3].map((turn) => sharesOf(2, [4, 0, 4, 4], turn))).toEqual([
      [1, 0, 1, 0],
      [0, 0, 1, 1],
      [0, 0, 1, 1],
      [1, 0, 0, 1],
    ]);
  });

  test('never add up to more than the places, and leave none unused while somebody asks', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.array(fc.nat(50), { maxLength: 12 }), fc.nat(50), (places, demands, turn) => {
        const shares = sharesOf(places, demands, turn);
        const sum = shares.reduce((all, one) => all + one, 0);
        expect(sum).toBe(demands.some((demand) => demand > 0) ? places : 0);
        // Nobody goes short while somebody else has more than was asked for.
        const isShort = shares.some((share, at) => share < (demands[at] ?? 0));
        expect(!isShort || shares.every((share, at) => share <= (demands[at] ?? 0))).toBe(true);
      }),
    );
  });

  test('give each worker the part of a rate that its places are of all', () => {
    expect(partsOf([3, 1, 0], [4, 1, 0])).toEqual([0.75, 0.25, 0]);
    expect(partsOf([null, null, null], [4, 1, 0])).toEqual([0.5, 0.5, 0]);
    expect(partsOf([0, 0], [0, 0])).toEqual([0, 0]);
  });
});

describe('Calm shares', () => {
  test.each([
    ['the first worker gets all', 8, [1], [0], [8]],
    ['a worker that joins gets what it needs, from places that nobody needs', 8, [1, 1], [8, 0], [7, 1]],
    ['a worker keeps what nobody else needs', 8, [0, 1], [4, 4], [4, 4]],
    ['what is missing comes from one worker that needs less, not from several', 8, [1, 8, 8], [4, 2, 2], [1, 4, 3]],
    ['one place more stays with a worker with demand', 8, [8, 8, 8], [3, 3, 2], [3, 3, 2]],
    ['and does not wander', 8, [8, 8, 8], [2, 3, 3], [2, 3, 3]],
    ['two places more do not stay', 8, [8, 8, 8], [4, 2, 2], [3, 3, 2]],
    ['free and idle places go to those who need them', 8, [8, 8, 0], [2, 2, 2], [4, 4, 0]],
    ['a lower limit takes idle places first', 4, [1, 8], [4, 4], [1, 3]],
    ['no places', -1, [4], [3], [0]],
    ['a limit where there was none', 8, [8, 8, 0], [1_000_000, 1_000_000, 1_000_000], [4, 4, 0]],
    ['no workers', 3, [], [], []],
  ])('%s', (_, places, demands, given, shares) => {
    expect(calmSharesOf(places, demands, given)).toEqual(shares);
  });

  test('use all places while somebody asks, are fair, and stay as they are until something changes', () => {
    const worker = fc.record({ demand: fc.nat(20), given: fc.nat(20) });
    fc.assert(
      fc.property(fc.nat(40), fc.array(worker, { minLength: 1, maxLength: 8 }), (places, workers) => {
        const demands = workers.map(({ demand }) => demand);
        const given = workers.map((one) => one.given);
        const shares = calmSharesOf(places, demands, given);
        const sum = shares.reduce((all, one) => all + one, 0);
        expect(sum).toBeLessThanOrEqual(places);
        const isAsked = demands.some((demand) => demand > 0);
        expect(!isAsked || sum === places).toBe(true);
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
        const poorest = Math.min(...shares.filter((share, at) => share < (demands[at] ?? 0)));
        // Nobody has two places more than a worker that lacks places, and nobody has idle places meanwhile.
        for (const [at, share] of poorest === Infinity ? [] : shares.entries())
          expect(share).toBeLessThanOrEqual(Math.min(poorest + 1, Math.max(demands[at] ?? 0, 0)));
        expect(calmSharesOf(places, demands, shares)).toEqual(shares);
      }),
    );
  });
});

describe('The level after a 429', () => {
  const at = 1_000_000;
  const refusal = { at, level: 6 };
  const levels = (limit: number | null, seconds: readonly number[]) =>
    seconds.map((second) => levelAt(limit, refusal, at + second * SECOND));

  test('is half at once, one below what was refused within 10 s, and one more each minute, up to the limit', () => {
    expect(levels(8, [0, 4.9, 5, 10, 64.9, 65, 125, 185, 10_000])).toEqual([3, 3, 5, 5, 5, 6, 7, 8, 8]);
  });

  test('is bounded by the refusal alone where there is no limit', () => {
    expect(levels(null, [0, 5, 65])).toEqual([3, 5, 6]);
    expect(levelAt(null, null, at)).toBeNull();
  });

  test('is never 0', () => {
    expect([0, 5, 65].map((second) => levelAt(8, { at, level: 1 }, at + second * SECOND))).toEqual([1, 1, 1]);
  });

  test('is halved once for a burst', () => {
    const first = refusedAt(8, null, 8, at);
    expect(refusedAt(8, first, 8, at + SECOND)).toBe(first);
    // Later, a 429 at the lower level halves again.
    expect(refusedAt(8, first, 8, at + 2 * SECOND)).toEqual({ at: at + 2 * SECOND, level: 4 });
  });

  test('finds the level of a service in a few bursts, and then meets one 429 a minute', () => {
    const service = 5;
    let known = refusedAt(16, null, 16, at);
    const refusals: number[] = [];
    for (let now = at; now < at + 10 * MINUTE; now += 100) {
      const level = levelAt(16, known, now) ?? 0;
      if (level <= service || now - known.at < 2 * SECOND) continue;
      refusals.push(now - at);
      known = refusedAt(16, known, level, now);
    }
    const late = refusals.filter((after) => after > 2 * MINUTE);
    expect(late.length).toBeLessThanOrEqual(8);
    expect(late.length).toBeGreaterThan(0);
    const used = Array.from({ length: 60 }, (_, second) => levelAt(16, { at, level: 6 }, at + second * SECOND) ?? 0);
    expect(used.reduce((sum, level) => sum + level, 0) / 60).toBeGreaterThan(0.8 * service);
  });

  test('tells when it changes next, and that it does not change any more', () => {
    let now = at;
    const changes: number[] = [];
    for (;;) {
      const next = levelChangesAt(8, refusal, now);
      if (next === null) break;
      now = next;
      changes.push((now - at) / SECOND);
    }
    expect(changes).toEqual([5, 65, 125, 185]);
  });
});
