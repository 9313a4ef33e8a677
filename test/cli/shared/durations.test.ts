import * as fc from 'fast-check';
import {
  formatClock,
  formatDuration,
  formatSpan,
  formatStamp,
  parseDuration,
} from '../../../src/cli/shared/output/durations';

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['1.5s', 1500],
    ['250ms', 250],
  ])('%s is read as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '90', '-5m', '5 m', '0s', 'abc', '5x', 's', '1e3s', '∞'])('%j is refused', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test('whatever is typed, the answer is null or a positive whole number', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseDuration(text);
        expect(ms === null || (Number.isSafeInteger(ms) && ms > 0)).toBe(true);
      }),
    );
  });

  test('spans are told in the units that people use', () => {
    expect([1900, 38_000, 240_000, 7_500_000, 273_600_000].map(formatSpan)).toEqual([
      '2 s',
      '38 s',
      '4 min',
      '2 h 5 min',
      '3 d 4 h',
    ]);
    expect(formatDuration(1940)).toBe('1.9 s');
    expect(formatDuration(0)).toBe('0.0 s');
  });

  test('a time of another day carries its date', () => {
    const now = new Date(2026, 10, 22, 15, 0).getTime();
    expect(formatClock(new Date(2026, 10, 22, 14, 3).toISOString(), now)).toBe('14:03');
    expect(formatClock(new Date(2026, 10, 21, 14, 3).toISOString(), now)).toBe('2026-11-21 14:03');
  });

  test('a stamp names the moment exactly, zone included', () => {
    const at = new Date(2026, 10, 22, 14, 2, 31).getTime();
    expect(Date.parse(formatStamp(at))).toBe(at);
  });
});
