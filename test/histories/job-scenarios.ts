/** Paths of a job, and of a large file of a job. */
import type { WorkflowHandle } from '@temporalio/client';
import type { JobStart } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { FakeJob, jobInState, jobOf, orderJob, startJob } from '../workflows/job-stand-ins';
import { everythingWorks, refusal, untilCancelled, type Stage, type StandIns } from '../workflows/stand-ins';
import { over, type Scenario, type Scenarios } from './scenario';

const LARGE_BYTES = 9_000_000;

interface JobPath {
  readonly lines: number;
  readonly sizeOf?: (line: number) => number;
  readonly start?: Partial<JobStart>;
  readonly activities?: (fake: FakeJob) => Partial<StandIns>;
  /** @default until the job is over */
  readonly steer?: (handle: WorkflowHandle, stage: Stage) => Promise<WorkflowHandle>;
}

function jobPath(consumer: string, { lines, sizeOf, start, activities, steer }: JobPath): Scenario {
  const fake = new FakeJob({ lines, consumer, ...(sizeOf === undefined ? {} : { sizeOf }) });
  return {
    activities: { ...fake.activities, ...activities?.(fake) },
    async run(stage, name) {
      const handle = await startJob(stage.client, jobOf({ jobId: name, lines, ...start }));
      return steer === undefined ? over(handle) : steer(handle, stage);
    },
  };
}

/** Holds the pages from this one on until they are broken off, once each. */
function holdingFrom(page: number) {
  return (fake: FakeJob): Partial<StandIns> => {
    const held = new Set<number>();
    return {
      deliverPage: (input) => {
        if (input.page.page < page || held.has(input.page.page)) return fake.deliverPage(input);
        held.add(input.page.page);
        return untilCancelled(() => undefined);
      },
    };
  };
}

async function pausedAndResumed(handle: WorkflowHandle): Promise<WorkflowHandle> {
  await waitFor(async () => {
    const pending = (await handle.describe()).raw.pendingActivities ?? [];
    return pending.filter(({ activityType }) => activityType?.name === 'deliverPage').length >= 2 ? true : undefined;
  });
  await orderJob(handle, 'set', { lanes: 3 });
  await orderJob(handle, 'pause');
  await jobInState(handle, 'paused');
  await orderJob(handle, 'resume');
  return over(handle);
}

/** The server of the recorder suggests to continue as new early. */
async function untilContinued(handle: WorkflowHandle, { client }: Stage): Promise<WorkflowHandle> {
  const { workflowId } = handle;
  const { runId } = await handle.describe();
  await waitFor(async () => {
    const now = await client.workflow.getHandle(workflowId).describe();
    return now.runId === runId ? undefined : true;
  }, 60_000);
  return client.workflow.getHandle(workflowId, runId);
}

const oneLarge = { lines: 1, sizeOf: () => LARGE_BYTES } as const;

export const jobScenarios: Scenarios = {
  'job-done': jobPath('job-done', {
    lines: 8,
    sizeOf: (line) => (line === 4 ? LARGE_BYTES : 100),
    activities: (fake) => ({
      deliverPage: (input) => (input.page.page === 1 ? refusal('CREDENTIALS_REFUSED') : fake.deliverPage(input)),
      async publishPage(input) {
        const all = await fake.publishPage(input);
        const { left, settled } = { left: input.lines.slice(1), settled: all.settled.slice(0, 1) };
        return input.lookFirst ? all : { ...all, settled, left: left.map(({ line }) => line.line) };
      },
    }),
  }),
  'job-ordered-and-fetched': jobPath('job-ordered-and-fetched', {
    lines: 6,
    start: { ordered: true, verify: true },
    activities: (fake) => ({
      deliverPage: async (input) => fake.deliverPage(input),
      fetchPage: ({ lines }) => Promise.resolve({ settled: lines.map(({ result }) => result) }),
    }),
  }),
  'job-paused-and-resumed': jobPath('job-paused-and-resumed', {
    lines: 8,
    start: { lanes: 2 },
    activities: holdingFrom(1),
    steer: pausedAndResumed,
  }),
  'job-cancelled': jobPath('job-cancelled', {
    lines: 8,
    activities: holdingFrom(1),
    async steer(handle) {
      await waitFor(async () => ((await handle.describe()).raw.pendingActivities?.length === 3 ? true : undefined));
      await handle.cancel();
      return over(handle);
    },
  }),
  'job-retried': jobPath('job-retried', { lines: 4, start: { begin: { pass: 2, retry: { code: null } } } }),
  'job-parked': jobPath('job-parked', {
    lines: 4,
    activities(fake) {
      let isFull = true;
      return {
        clerk(input) {
          if (!isFull || input.finished.length === 0) return fake.clerk(input);
          isFull = false;
          return refusal('DISK_FULL');
        },
      };
    },
    async steer(handle) {
      await jobInState(handle, 'parked');
      await orderJob(handle, 'retry');
      return over(handle);
    },
  }),
  'job-deadline-passed': jobPath('job-deadline-passed', {
    lines: 4,
    start: { deadlineMs: 2000 },
    activities: () => ({ deliverPage: () => untilCancelled(() => undefined) }),
  }),
  'job-until-it-continues-as-new': jobPath('job-until-it-continues-as-new', { lines: 60, steer: untilContinued }),
  'job-after-it-continued': jobPath('job-after-it-continued', {
    lines: 30,
    async steer(handle, stage) {
      await untilContinued(handle, stage);
      return over(stage.client.workflow.getHandle(handle.workflowId));
    },
  }),
  'large-file-of-a-job': jobPath('large-file-of-a-job', {
    ...oneLarge,
    async steer(handle, stage) {
      await over(handle);
      return over(stage.client.workflow.getHandle(`${handle.workflowId}-1`));
    },
  }),
  'large-file-of-a-job-parked': jobPath('large-file-of-a-job-parked', {
    ...oneLarge,
    activities(): Partial<StandIns> {
      let isRefused = false;
      return {
        upload(input) {
          if (isRefused) return everythingWorks.upload(input);
          isRefused = true;
          return refusal('CREDENTIALS_REFUSED');
        },
      };
    },
    async steer(handle, stage) {
      await over(handle);
      const transfer = stage.client.workflow.getHandle(`${handle.workflowId}-1`);
      await transfer.executeUpdate('retry', { args: [{ commandId: 'large-1' }] });
      return over(transfer);
    },
  }),
};
