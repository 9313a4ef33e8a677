import { hasEnded, type WorkerReport } from '../../src/client/worker-reports';

const now = 1_700_000_000_000;
const report: WorkerReport = { queue: 'ferry', identity: '7@desk', running: true, atMs: now - 5000, silenceMs: 20_000 };
const poller = { identity: '7@desk', seenAtMs: now - 40_000 };

test('A worker that reports regularly lives, however long its poll has been open.', () => {
  expect(hasEnded([report], 'ferry', poller, now)).toBe(false);
});

test('A worker that said it ends has ended, and one that fell silent as well.', () => {
  expect(hasEnded([{ ...report, running: false }], 'ferry', poller, now)).toBe(true);
  expect(hasEnded([{ ...report, atMs: now - 21_000 }], 'ferry', poller, now)).toBe(true);
});

test('A worker that was killed just after a poll is missed as soon as its next reports are.', () => {
  const killed = { ...poller, seenAtMs: now - 21_000 };
  expect(hasEnded([{ ...report, atMs: now - 24_000 }], 'ferry', killed, now)).toBe(true);
  expect(hasEnded([{ ...report, atMs: now - 24_000 }], 'ferry', { ...killed, seenAtMs: now - 19_000 }, now)).toBe(
    false,
  );
});

test('A worker that came back under the same identity lives before its first report.', () => {
  const ended = { ...report, running: false };
  expect(hasEnded([ended], 'ferry', { ...poller, seenAtMs: now - 1000 }, now)).toBe(false);
  expect(hasEnded([ended, { ...report, atMs: now - 1000 }], 'ferry', poller, now)).toBe(false);
});

test('Without a report of its own on this queue a worker is believed to live.', () => {
  const others = [
    { ...report, running: false, queue: 'ferry-host.desk' },
    { ...report, running: false, identity: '8@desk' },
  ];
  expect(hasEnded(others, 'ferry', poller, now)).toBe(false);
});

test('A worker that was killed before its reports were regular is missed by the heartbeat that it owes.', () => {
  const missed = { identity: '7@desk', atMs: now - 6000 };
  const killed = { ...poller, seenAtMs: now - 21_000 };
  const only = { ...report, atMs: now - 24_000, silenceMs: 180_000 };
  for (const reports of [[], [only]]) {
    expect(hasEnded(reports, 'ferry', killed, now)).toBe(false);
    expect(hasEnded(reports, 'ferry', killed, now, missed)).toBe(true);
    expect(hasEnded(reports, 'ferry', killed, now, { ...missed, identity: '8@desk' })).toBe(false);
    // It has polled since: it was only held up.
    expect(hasEnded(reports, 'ferry', { ...killed, seenAtMs: now - 1000 }, now, missed)).toBe(false);
  }
  expect(hasEnded([report], 'ferry', killed, now, missed)).toBe(false);
});
