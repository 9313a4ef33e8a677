import type { JobStatus, StartedJob } from '../../../src/client/types';
import { startPrepared } from '../../../src/cli/job/start/start-prepared';
import { createOutput } from '../../../src/cli/shared/output/output';
import type { PreparedJob } from '../../../src/jobs/types';
import { ownDirectory } from '../../ledger/support';
import { fakeClient } from '../support/fake-client';
import { fakeIo } from '../support/fake-io';

const own = ownDirectory();

/** What `ferry job start --detach` says of a job that is there already. */
async function answerOf(
  finishedAt: string | null,
  started: Partial<StartedJob> = { repeated: true },
): Promise<{ readonly out: string; readonly err: string }> {
  const io = fakeIo();
  const counts = { done: 1, failed: 0, parked: 0, skipped: 0, cancelled: 0, running: 0, waiting: 0 };
  const status = {
    jobId: 'acme-jan-1',
    state: finishedAt === null ? 'running' : 'done',
    counts,
    reasons: [],
    finishedAt,
  };
  const client = fakeClient({
    jobs: {
      start: () => Promise.resolve({ jobId: 'acme-jan-1', repeated: false, ...started }),
      status: () => Promise.resolve(status as unknown as JobStatus),
    },
  });
  const input = { jobId: 'acme-jan-1', lines: 1 };
  const job = { input, header: input, rowTexts: () => [] } as unknown as PreparedJob;
  const environment = { io, output: createOutput(io, false), flags: {} };
  const order = { stateDir: own.path(), job, options: { detach: true, lanes: 3 }, startedMs: 0 };
  await startPrepared(environment, client, order);
  return { out: io.out(), err: io.err() };
}

test('A job that has ended is not said to be under way.', async () => {
  expect((await answerOf(null)).out).toBe('under way already  acme-jan-1\n');
  expect((await answerOf('2026-11-22T14:00:00.000Z')).out).toBe('ended already  acme-jan-1\n');
});

test('A start that attaches says what to do for a file that was rewritten with its size and time kept.', async () => {
  const { err } = await answerOf('2026-11-22T14:00:00.000Z');
  expect(err).toContain('was started before with these files (by name, size and time)');
  expect(err).toContain('touch it and start again. All files again: --again.');
});

test('A cancelled job that goes on says so, and that it keeps its lanes.', async () => {
  const { err } = await answerOf(null, { resumed: true });
  expect(err).toContain('Job acme-jan-1 was cancelled, and goes on: 1 file.');
  expect(err).toContain('The job keeps its lanes; to change them: ferry job set acme-jan-1 --lanes 3');
  expect((await answerOf(null, {})).err).not.toContain('lanes');
});
