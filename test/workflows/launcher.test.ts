import type { Client } from '@temporalio/client';
import { launcherIdOf, SHARED_QUEUE, WORKFLOW, type LaunchFound, type LaunchResult } from '../../src/contract';
import { endOf, FakeJob, jobOf, startJob } from './job-stand-ins';
import { everythingWorks, failureOf, HOST, openStage, refusal, type Stage } from './stand-ins';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
}, 120_000);

afterAll(() => stage.close());

const found: LaunchFound = { files: 20, known: 0, unsettled: 0, refused: 0, reasons: [], job: null, clears: false };
const cleared = { cleared: 20, left: 0, reasons: [] };

/** As a schedule of Temporal starts it. */
function startLauncher(client: Client, name: string) {
  const workflowId = `${launcherIdOf(name, HOST)}-2026-11-28T10:00:00Z`;
  return client.workflow.start(WORKFLOW.launcher, { workflowId, taskQueue: SHARED_QUEUE, args: [] });
}

test('A run lasts until its job has ended, and then clears what was sent.', async () => {
  const fake = new FakeJob({ lines: 20 });
  const { jobId, ...job } = jobOf();
  const schedules: string[] = [];
  const activities = {
    ...everythingWorks,
    ...fake.activities,
    launch: ({ schedule }: { readonly schedule: string }) => {
      schedules.push(schedule);
      return Promise.resolve({ ...found, job: { jobId, ...job }, clears: true });
    },
    clear: () => Promise.resolve({ ...cleared, cleared: fake.published.length }),
  };
  await stage.play(activities, async (client) => {
    const result = (await (await startLauncher(client, 'inbox')).result()) as LaunchResult;
    expect(result).toMatchObject({ files: 20, jobId, wasThere: false, cleared });
    expect(schedules).toEqual(['inbox']);
    const described = await client.workflow.getHandle(jobId).describe();
    expect(described.memo).toMatchObject({ name: 'january', host: HOST, lines: 20, by: 'schedule inbox' });
    expect(described.searchAttributes['FerryAccount']).toEqual(['acme']);
  });
});

test('A job that was there is not run again, whether it ended or was started by hand.', async () => {
  const fake = new FakeJob({ lines: 20 });
  const job = jobOf();
  const launch = () => Promise.resolve({ ...found, job });
  await stage.play({ ...fake.activities, launch }, async (client) => {
    await endOf(await startJob(client, job));
    const result = (await (await startLauncher(client, 'again')).result()) as LaunchResult;
    expect(result).toMatchObject({ jobId: job.jobId, wasThere: true, cleared: null });
    expect(fake.published).toHaveLength(20);
  });
});

test('A run that finds nothing new has a short history.', async () => {
  const launch = () => Promise.resolve({ ...found, files: 100_000, known: 100_000 });
  await stage.play({ ...everythingWorks, launch }, async (client) => {
    const handle = await startLauncher(client, 'idle');
    expect(await handle.result()).toMatchObject({ known: 100_000, jobId: null, wasThere: false });
    expect((await handle.fetchHistory()).events!.length).toBeLessThanOrEqual(11);
  });
});

test('A directory that cannot be listed fails the run, with its code.', async () => {
  const launch = () => refusal('SOURCE_UNREADABLE');
  await stage.play({ ...everythingWorks, launch }, async (client) => {
    const failure = await failureOf((await startLauncher(client, 'gone')).result());
    expect(failure).toMatchObject({ cause: { type: 'SOURCE_UNREADABLE' } });
  });
});

test('A workflow with another id is not a launcher.', async () => {
  await stage.play(everythingWorks, async (client) => {
    const started = await client.workflow.start(WORKFLOW.launcher, {
      workflowId: 'acme-launcher',
      taskQueue: SHARED_QUEUE,
      args: [],
    });
    expect(await failureOf(started.result())).toMatchObject({ type: 'INPUT_REFUSED' });
  });
});
