import { describeLimits, endlessNow } from '../../../src/cli/limit/describe';
import type { LimitsStatus } from '../../../src/client/types';
import { NO_LIMITS, type AccountLimitValues } from '../../../src/contract';
import { styleFor } from '../../../src/cli/shared/output/style';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const IN_TWO_HOURS = NOW + 2 * 3_600_000;

type Values = Partial<AccountLimitValues>;

/** After changes, the latest last. */
function changed(...made: readonly { readonly values: Values; readonly until: number | null }[]): LimitsStatus {
  const changes = made.map(({ values, until }) => ({
    at: new Date(NOW).toISOString(),
    by: 'ada@desk',
    reason: '',
    values,
    until: until === null ? null : new Date(until).toISOString(),
  }));
  const last = made.at(-1);
  return {
    account: 'acme',
    limits: { ...NO_LIMITS, ...last?.values },
    now: { requests: null, transfers: null },
    change: last === undefined ? null : { ...last, by: 'ada@desk', reason: '' },
    changes,
    refusals: { requests: null, transfers: null },
    workers: [],
  };
}

const told = (status: LimitsStatus): string =>
  describeLimits('acme', status, null, { nowMs: NOW, style: styleFor({ write: () => undefined }, {}) }).join('\n');

test('A change that takes a limit away names that limit, not "no limits".', () => {
  const text = told(changed({ values: { transfers: 2, bytesPerSecond: null }, until: null }));
  expect(text).toContain('changed      2 transfers at once, any number of bytes/s, until the next change');
  expect(told(changed({ values: { bytesPerSecond: null }, until: null }))).toContain('any number of bytes/s, until');
});

test('A change for two hours says when it ends.', () => {
  expect(told(changed({ values: { transfers: 2 }, until: IN_TWO_HOURS }))).toMatch(
    /2 transfers at once, until \d\d:00/,
  );
});

describe('A change without an end that takes over values which were to end', () => {
  const twoHours = { values: { transfers: 2 }, until: IN_TWO_HOURS };

  test('says so', () => {
    const note = endlessNow(changed(twoHours, { values: { transfers: 2, requests: 3 }, until: null }), NOW);
    expect(note).toMatch(/^2 transfers at once: was to end at \d\d:00, and now holds until the next change\./);
  });

  test('says nothing where the values were changed, have an end, or have ended', () => {
    expect(endlessNow(changed(twoHours, { values: { transfers: 3 }, until: null }), NOW)).toBeNull();
    expect(endlessNow(changed(twoHours, { values: { transfers: 2 }, until: IN_TWO_HOURS }), NOW)).toBeNull();
    expect(endlessNow(changed(twoHours, { values: { transfers: 2 }, until: null }), IN_TWO_HOURS)).toBeNull();
    expect(endlessNow(changed({ values: { transfers: 2 }, until: null }), NOW)).toBeNull();
  });
});
