import { createJobReporter } from '../../../src/cli/job/shared/reporter';
import { createOutput } from '../../../src/cli/shared/output/output';
import type { JobStatus } from '../../../src/client/types';
import { fakeIo } from '../support/fake-io';

const underWay: JobStatus = {
  jobId: 'acme-january-7kq2',
  name: 'january',
  account: 'acme',
  host: 'here',
  state: 'running',
  lines: 100,
  counts: { done: 10, failed: 0, parked: 0, skipped: 0, running: 50, waiting: 40 },
  bytesTotal: 2_000_000,
  bytesDone: 200_000,
  filesPerSecond: 10,
  bytesPerSecond: 200_000,
  lanes: 8,
  pass: 1,
  startedAt: '2026-11-22T14:02:00.000Z',
  finishedAt: null,
  error: null,
  reasons: [],
  slowest: null,
  by: 'ann@desk',
  stale: false,
};

test('Without a terminal a job is told of every ten seconds, and at once when a person stops it.', () => {
  let now = Date.parse('2026-11-22T14:02:00Z');
  const io = fakeIo({ now: () => now });
  const output = createOutput(io, false);
  const reporter = createJobReporter({ io, output, flags: {} }, 'ferry job watch acme-january-7kq2');
  const linesAfter = (seconds: number, state: JobStatus['state']): number => {
    now += seconds * 1000;
    reporter.show({ ...underWay, state });
    return io.err().trimEnd().split('\n').length;
  };
  expect(linesAfter(0, 'running')).toBe(1);
  for (const state of ['waiting', 'running', 'waiting', 'running'] as const) expect(linesAfter(1, state)).toBe(1);
  expect(linesAfter(6, 'waiting')).toBe(2);
  expect(linesAfter(1, 'paused')).toBe(3);
  expect(io.err()).toContain('PAUSED');
  reporter.close();
});

function told(status: JobStatus): string {
  const io = fakeIo();
  const reporter = createJobReporter({ io, output: createOutput(io, false), flags: {} }, 'ferry job watch ID');
  reporter.show(status);
  reporter.close();
  return io.err();
}

const NONE = { done: 0, failed: 0, parked: 0, skipped: 0, running: 0, waiting: 0 };

test('Counts that no worker has told are not told as zero.', () => {
  expect(told({ ...underWay, stale: true, counts: NONE })).toContain('counts not known: no worker has answered');
  expect(told({ ...underWay, stale: true })).toContain('10 done');
});

test('What a person can do names the commands for jobs.', () => {
  const remedy = 'Start one there: ferry worker. Where the host is gone: ferry retry ID --host NEW.';
  const error = { code: 'NO_WORKER', message: 'No worker serves host here.', remedy } as const;
  expect(told({ ...underWay, state: 'waiting', error })).toContain('ferry job move acme-january-7kq2 --host NEW');
  const full = { code: 'DISK_FULL', message: 'No room.', remedy: 'Make room, then ferry retry ID.' } as const;
  const parked = told({ ...underWay, state: 'parked', error: full });
  expect(parked).toContain('No room. Make room, then ferry job retry acme-january-7kq2.');
  expect(parked).not.toContain('Then:');
});
