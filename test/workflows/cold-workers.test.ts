/** Workflow tasks that a worker begins without the workflow in its memory, as after each restart. */
import { waitFor } from '../support/wait-for';
import { endOf, FakeJob, jobOf, orderJob, startJob } from './job-stand-ins';
import { openStage, untilCancelled, type Stage } from './stand-ins';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage([require.resolve('./small-histories')], 0);
}, 120_000);

afterAll(() => stage.close());

test('A job that was handed over while it was paused is resumed by workers that do not remember it.', async () => {
  const fake = new FakeJob({ lines: 60 });
  let holds = true;
  let held = 0;
  const deliverPage: typeof fake.deliverPage = async (input) => {
    if (!holds || input.page.page < 12) return fake.deliverPage(input);
    return await untilCancelled(() => (held += 1));
  };
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 60 }));
    const { runId: firstRun } = await handle.describe();
    await waitFor(() => (held > 0 ? true : undefined));
    await orderJob(handle, 'pause');
    await waitFor(async () => {
      const { runId, historyLength } = await handle.describe();
      return runId !== firstRun && historyLength >= 4 ? true : undefined;
    }, 30_000);
    holds = false;
    await orderJob(handle, 'resume');
    expect((await endOf(handle)).counts.done).toBe(60);
  });
}, 60_000);
