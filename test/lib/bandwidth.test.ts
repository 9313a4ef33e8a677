import { bytesPerSecondAt, parseBytes, parseTimetable } from '../../src/lib/bandwidth';

test.each([
  ['10M', 10 * 1024 * 1024],
  ['1.5k', 1536],
  ['512B', 512],
  ['2G', 2 * 1024 ** 3],
  ['off', Infinity],
  ['10', null],
  ['0K', null],
  ['-1K', null],
  ['10MB', null],
  ['', null],
])('The amount %j is %s bytes.', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test('A timetable holds from each of its times on, also from the day or week before.', () => {
  const entries = parseTimetable('08:00,2M 19:00,20M') ?? [];
  const at = (time: string): number => bytesPerSecondAt(entries, new Date(`2026-11-25T${time}:00`)) / 1024 ** 2;
  expect(['00:00', '07:59', '08:00', '18:59', '19:00', '23:59'].map(at)).toEqual([20, 20, 2, 2, 20, 20]);
  const week = parseTimetable('Mon-08:00,1M Sat-00:00,off') ?? [];
  const on = (date: string): number => bytesPerSecondAt(week, new Date(`${date}T07:00:00`)) / 1024 ** 2;
  // A Sunday, a Monday, a Tuesday, a Saturday.
  expect(['2026-11-22', '2026-11-23', '2026-11-24', '2026-11-28'].map(on)).toEqual([Infinity, Infinity, 1, Infinity]);
});

test.each(['', '8:00,2M', '24:00,2M', '08:60,2M', '08:00', '08:00,2', 'Foo-08:00,2M'])(
  '%j is not a timetable.',
  (text) => {
    expect(parseTimetable(text)).toBeNull();
  },
);
