/** Paths of a launcher: one run of a schedule, which has the name of its scenario. */
import type { WorkflowHandle } from '@temporalio/client';
import { launcherIdOf, SHARED_QUEUE, WORKFLOW, type LaunchFound } from '../../src/contract';
import { endOf, FakeJob, jobOf, startJob } from '../workflows/job-stand-ins';
import { HOST, refusal, type Stage } from '../workflows/stand-ins';
import { over, type Scenario, type Scenarios } from './scenario';

const FOUND: LaunchFound = { files: 3, known: 3, unsettled: 0, refused: 0, reasons: [], job: null, clears: false };

async function launched({ client }: Stage, name: string): Promise<WorkflowHandle> {
  const workflowId = `${launcherIdOf(name, HOST)}-2026-11-28T10:00:00Z`;
  return over(await client.workflow.start(WORKFLOW.launcher, { workflowId, taskQueue: SHARED_QUEUE, args: [] }));
}

/** A run that finds new files, and clears what was sent; the job has the name of the scenario. */
function sending(name: string, before?: (stage: Stage) => Promise<unknown>): Scenario {
  const fake = new FakeJob({ lines: 2, consumer: name });
  const job = jobOf({ jobId: name, lines: 2 });
  return {
    activities: {
      ...fake.activities,
      launch: () => Promise.resolve({ ...FOUND, job, clears: true }),
      clear: () => Promise.resolve({ cleared: 2, left: 0, reasons: [] }),
    },
    async run(stage) {
      await before?.(stage);
      return launched(stage, name);
    },
  };
}

async function jobByHand({ client }: Stage): Promise<void> {
  await endOf(await startJob(client, jobOf({ jobId: 'launcher-whose-job-was-there', lines: 2 })));
}

export const launcherScenarios: Scenarios = {
  'launcher-without-news': { activities: { launch: () => Promise.resolve(FOUND) }, run: launched },
  'launcher-failed': { activities: { launch: () => refusal('SOURCE_UNREADABLE') }, run: launched },
  'launcher-sent-and-cleared': sending('launcher-sent-and-cleared'),
  'launcher-whose-job-was-there': sending('launcher-whose-job-was-there', jobByHand),
};
