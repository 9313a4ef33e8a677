import type { JobEvent, JobStatus } from '../../../src/client/types';
import { followJob } from '../../../src/cli/job/shared/follow';
import { createOutput } from '../../../src/cli/shared/output/output';
import { FerryError } from '../../../src/errors';
import { waitFor } from '../../support/wait-for';
import { fakeClient } from '../support/fake-client';
import { documents, fakeIo, type FakeIo } from '../support/fake-io';

const START = Date.parse('2026-11-22T14:00:00.000Z');

function statusOf(changes: Partial<JobStatus> = {}): JobStatus {
  return {
    jobId: 'acme-january-0k3v',
    name: 'january',
    account: 'acme',
    host: 'a',
    state: 'running',
    lines: 1000,
    counts: { done: 204, failed: 3, parked: 12, skipped: 0, running: 100, waiting: 681 },
    bytesTotal: 20_000_000,
    bytesDone: 4_080_000,
    filesPerSecond: 98.2,
    bytesPerSecond: 1_964_000,
    lanes: 8,
    pass: 1,
    startedAt: '2026-11-22T13:59:50.000Z',
    finishedAt: null,
    error: null,
    reasons: [
      { state: 'parked', code: 'CREDENTIALS_REFUSED', lines: 12 },
      { state: 'failed', code: 'TOO_LARGE', lines: 3 },
    ],
    slowest: { step: 'deliver', source: '/data/7.jpg', lines: 50, since: '2026-11-22T13:59:48.000Z' },
    stale: false,
    ...changes,
  };
}

const ended = (counts: Partial<JobStatus['counts']>, changes: Partial<JobStatus> = {}): JobStatus =>
  statusOf({
    state: 'done',
    counts: { done: 1000, failed: 0, parked: 0, skipped: 0, running: 0, waiting: 0, ...counts },
    finishedAt: '2026-11-22T14:00:00.000Z',
    reasons: [],
    slowest: null,
    ...changes,
  });

function eventOf(status: JobStatus): JobEvent {
  const kind = status.finishedAt === null ? 'progress' : 'end';
  return { type: 'event', v: 1, at: '2026-11-22T14:00:00.000Z', kind, jobId: status.jobId, status };
}

interface Play {
  readonly io?: FakeIo;
  readonly json?: boolean;
  readonly printEvents?: boolean;
  readonly timeout?: number;
  readonly hasWorker?: () => Promise<boolean>;
  /** After the events: the watch hangs until it is told to end. */
  readonly hangs?: boolean;
  readonly between?: (io: FakeIo) => void;
}

async function play(statuses: readonly JobStatus[], options: Play = {}) {
  const io = options.io ?? fakeIo({ now: () => START });
  const { json = false, printEvents = false, timeout, between } = options;
  const client = fakeClient({
    ...(options.hasWorker === undefined ? {} : { hasWorker: options.hasWorker }),
    jobs: {
      async *watch(_jobId, { signal } = {}) {
        for (const status of statuses) {
          yield eventOf(status);
          between?.(io);
        }
        if (options.hangs === true) {
          await new Promise<void>((resolve) => {
            if (signal?.aborted === true) resolve();
            else signal?.addEventListener('abort', () => resolve());
          });
        }
      },
    },
  });
  const environment = { io, output: createOutput(io, json), flags: json ? { json } : {} };
  const code = await followJob(environment, client, 'acme-january-0k3v', {
    printEvents,
    startedMs: START,
    ...(timeout === undefined ? {} : { timeout }),
  });
  return { code, io };
}

test.each([
  ['all lines were sent', {}, 0],
  ['some were sent before', { done: 990, skipped: 10 }, 0],
  ['a line failed', { done: 999, failed: 1 }, 3],
  ['a line is parked', { done: 999, parked: 1 }, 3],
])('When the job ends and %s, the exit code is right.', async (_what, counts, code) => {
  expect((await play([ended(counts)])).code).toBe(code);
});

test('The bytes of the end are not told as sent when some files had been sent before.', async () => {
  const { io } = await play([ended({ done: 990, skipped: 10 })]);
  expect(io.out()).toMatch(/990 files sent, 10 sent before \([\d.]+ .?B in all\)/);
});

test('A job that is being cancelled says so, also when it was paused or parked, and offers no command.', async () => {
  const error = { code: 'DISK_FULL', message: 'There is no room left.', remedy: 'Make room.' } as const;
  for (const held of [{ state: 'paused' }, { state: 'parked', error }] as const) {
    const { io } = await play([statusOf({ ...held, cancelling: true }), ended({ done: 10 }, { state: 'cancelled' })]);
    expect(io.err()).toContain('being cancelled: what was begun is settled first');
    expect(io.err()).not.toMatch(/ferry job (resume|retry) acme-january-0k3v$/m);
    expect(io.err()).toContain('The same ferry job start goes on with the lines that were not sent.');
  }
});

test('A job that was cancelled or failed as a whole ends with 3.', async () => {
  expect((await play([ended({ done: 10 }, { state: 'cancelled' })])).code).toBe(3);
  const error = { code: 'INPUT_REFUSED', message: 'The input is strange.', remedy: 'Report it.' } as const;
  const { code, io } = await play([ended({ done: 0 }, { state: 'failed', error })]);
  expect(code).toBe(3);
  expect(io.err()).toContain('The input is strange.');
});

test('At the end each reason stands with the command that tries its lines again.', async () => {
  const { reasons } = statusOf();
  const { io } = await play([ended({ done: 985, failed: 3, parked: 12 }, { reasons })]);
  expect(io.out()).toContain('985 files sent');
  expect(io.err()).toContain(
    '12 parked CREDENTIALS_REFUSED: ferry job retry acme-january-0k3v --reason CREDENTIALS_REFUSED',
  );
  expect(io.err()).toContain('ferry job report acme-january-0k3v --state failed,parked');
});

test('Where a retry cannot help, the reason says what helps, and offers no retry.', async () => {
  const reasons = [
    { state: 'failed', code: 'SOURCE_CHANGED', lines: 3 },
    { state: 'failed', code: 'SOURCE_MISSING', lines: 2, refused: true },
    { state: 'parked', code: 'SOURCE_MISSING', lines: 1 },
  ] as const;
  const { io } = await play([ended({ done: 994, failed: 5, parked: 1 }, { reasons })]);
  expect(io.err().match(/^\d+ (?:failed|parked) .*$/gm)).toEqual([
    '3 failed SOURCE_CHANGED: Wait until nobody writes to the file, and start the job again: the changed file belongs to another job.',
    '2 failed SOURCE_MISSING: Do what the report says, and start the job again: it was started without this line.',
    '1 parked SOURCE_MISSING: ferry job retry acme-january-0k3v --reason SOURCE_MISSING',
  ]);
});

test('With --json there is one status at the end; a watch prints events before it, each with a status.', async () => {
  const started = await play([statusOf(), ended({})], { json: true });
  expect(documents(started.io)).toMatchObject([{ type: 'job', v: 1, state: 'done' }]);
  const watched = await play([statusOf(), ended({})], { json: true, printEvents: true });
  expect(documents(watched.io)).toMatchObject([
    { type: 'event', v: 1, kind: 'progress', status: { type: 'job', v: 1, counts: { done: 204 } } },
    { type: 'event', v: 1, kind: 'end' },
    { type: 'job', v: 1, state: 'done' },
  ]);
  expect(Object.keys(documents(watched.io).at(-1)!)).toEqual(
    expect.arrayContaining(
      'type v jobId state account host name lines counts bytesTotal bytesDone filesPerSecond lanes startedAt finishedAt error'.split(
        ' ',
      ),
    ),
  );
});

test('Ctrl-C leaves the job running and says how to follow it again; exit 130.', async () => {
  const { code, io } = await play([statusOf()], { hangs: true, between: (each) => each.interrupt() });
  expect(code).toBe(130);
  expect(io.err()).toContain('The job goes on. Follow again: ferry job watch acme-january-0k3v');
});

test('After --timeout the job goes on; exit 5 and one TIMEOUT error.', async () => {
  const { code, io } = await play([statusOf()], { hangs: true, timeout: 1, json: true });
  expect(code).toBe(5);
  expect(documents(io)).toMatchObject([{ type: 'error', error: { code: 'TIMEOUT' } }]);
});

test('On a terminal it shows counts, pace, time left, what is slowest and what fails.', async () => {
  const io = fakeIo({ tty: true, columns: 120, now: () => START });
  await play([statusOf(), ended({})], { io });
  const screen = io.err();
  for (const text of [
    'acme-january-0k3v  RUNNING  21%',
    '204 done · 3 failed · 12 parked · 100 running · 681 waiting',
    '98.2 files/s · 2.0 MB/s · 4.1/20.0 MB · 8 s left · 8 lanes',
    'slowest: deliver of /data/7.jpg and 49 more files, 12 s',
    '3 failed TOO_LARGE: ferry job retry acme-january-0k3v --reason TOO_LARGE',
    'Ctrl-C is safe; later: ferry job watch acme-january-0k3v',
  ]) {
    expect(screen).toContain(text);
  }
});

test('Elsewhere it prints one line every ten seconds, and one when the state changes.', async () => {
  let nowMs = START;
  const io = fakeIo({ now: () => nowMs });
  const error = { code: 'DISK_FULL', message: 'There is no room left.', remedy: 'Make room.' } as const;
  const statuses = [statusOf(), statusOf(), statusOf(), statusOf({ state: 'parked', error }), ended({})];
  await play(statuses, { io, between: () => (nowMs += 5000) });
  const lines = io
    .err()
    .split('\n')
    .filter((line) => line.includes('files/s ·') || line.includes('PARKED'));
  expect(lines).toHaveLength(3);
  expect(lines[2]).toContain('There is no room left. Make room. Then: ferry job retry acme-january-0k3v');
});

test('A paused job says how to resume it, and no time left.', async () => {
  const { io } = await play([statusOf({ state: 'paused' }), ended({})]);
  expect(io.err()).toContain('PAUSED');
  expect(io.err()).toContain('ferry job resume acme-january-0k3v');
  expect(io.err()).not.toContain('left');
});

test.each([
  [() => Promise.resolve(false), 'No worker serves host a: the job waits and goes on by itself.'],
  [
    () => Promise.reject(new FerryError('TEMPORAL_UNREACHABLE', 'Cannot reach Temporal at 127.0.0.1:7233 (refused).')),
    'Cannot reach Temporal at 127.0.0.1:7233 (refused).',
  ],
])('A job that cannot move says why while it is followed.', async (hasWorker, why) => {
  const io = fakeIo({ now: () => START });
  const playing = play([statusOf()], { io, hasWorker, hangs: true });
  await waitFor(() => (io.err().includes(why) ? true : undefined));
  io.interrupt();
  expect((await playing).code).toBe(130);
});
