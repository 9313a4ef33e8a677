import { warnOfClock } from '../../src/activities/clock-warning';

test('A clock that is off is warned of once, either way, and again when it was set.', () => {
  const said: string[] = [];
  const log = { warn: (message: string) => void said.push(message) };
  let skewMs: number | null = null;
  const storage = { skewMs: () => skewMs };
  const look = (now: number | null): void => {
    skewMs = now;
    warnOfClock(log, storage, 'https://storage.example');
  };
  for (const now of [null, 900, 600_400, 600_300, -599_800, -599_700, 0, -599_800]) look(now);
  expect(said).toEqual([
    expect.stringContaining('Our clock is 600 s behind that of storage.'),
    expect.stringContaining('Our clock is 600 s ahead of that of storage.'),
    expect.stringContaining('Our clock is 600 s ahead of that of storage.'),
  ]);
});
