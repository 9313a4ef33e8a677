/** Paths that people make a transfer take. */
import type { WorkflowHandle } from '@temporalio/client';
import { COMPARE_UPDATE, SHARED_QUEUE, WORKFLOW, type CommandName, type TransferInput } from '../../src/contract';
import { inputOf, refusal, start, untilCancelled, type Stage } from '../workflows/stand-ins';
import {
  acting,
  brokenOff,
  fetched,
  link,
  opened,
  over,
  published,
  refusing,
  until,
  uploaded,
  type Scenario,
  type Scenarios,
} from './scenario';

let commands = 0;
function order(handle: WorkflowHandle, name: CommandName, host?: string): Promise<unknown> {
  commands += 1;
  return handle.executeUpdate(name, {
    args: [{ commandId: `command-${commands}`, ...(host === undefined ? {} : { host }) }],
  });
}

function steered(
  activities: Scenario['activities'],
  steer: (handle: WorkflowHandle, stage: Stage) => Promise<unknown>,
  changes: Partial<TransferInput> = {},
): Scenario {
  return {
    ...(activities === undefined ? {} : { activities }),
    async run(stage, name) {
      const handle = await start(stage.client, inputOf({ consumer: name, ...changes }));
      await steer(handle, stage);
      return over(handle);
    },
  };
}

async function retryOnceParked(handle: WorkflowHandle): Promise<void> {
  await until(handle, { state: 'parked' });
  await order(handle, 'retry');
}

const pausedAndResumedIn = (step: string) => async (handle: WorkflowHandle) => {
  await acting(handle, step);
  await order(handle, 'pause');
  await until(handle, { state: 'paused' });
  await order(handle, 'resume');
};

const cancelledIn = (step: string) => async (handle: WorkflowHandle) => {
  await acting(handle, step);
  await handle.cancel();
};

const toBack = { fetchTo: '/data/back' };
const forever = () => untilCancelled(() => undefined);

export const steeringScenarios: Scenarios = {
  'parked-and-retried': steered(
    { open: refusing(['CREDENTIALS_REFUSED', 'ACCOUNT_BLOCKED'], opened) },
    async (handle) => {
      await until(handle, { state: 'parked' });
      await order(handle, 'retry');
      await retryOnceParked(handle);
    },
  ),
  'upload-given-up-and-retried': steered({ upload: refusing(['DIGEST_MISMATCH'], uploaded) }, retryOnceParked),
  'parked-in-publish': steered({ publish: refusing(['CREDENTIALS_REFUSED'], published) }, retryOnceParked),
  'parked-in-fetch': steered({ fetch: refusing(['DISK_FULL'], fetched) }, retryOnceParked, toBack),
  'parked-because-sharing-was-off': steered(
    { requestUploadUrl: refusing(['FILE_SHARING_OFF'], link) },
    retryOnceParked,
  ),
  'deadline-passed-and-retried': steered({ upload: brokenOff(1, uploaded) }, retryOnceParked, { deadlineMs: 5000 }),
  'paused-in-upload': steered({ upload: brokenOff(1, uploaded) }, pausedAndResumedIn('upload')),
  'paused-in-publish': steered({ publish: brokenOff(1, published) }, pausedAndResumedIn('publish')),
  'paused-in-fetch': steered({ fetch: brokenOff(1, fetched) }, pausedAndResumedIn('fetch'), toBack),
  'paused-and-resumed-at-once': steered({ upload: brokenOff(2, uploaded) }, async (handle) => {
    let last: string | undefined;
    for (let times = 0; times < 2; times += 1) {
      last = await acting(handle, 'upload', last);
      await order(handle, 'pause');
      await order(handle, 'resume');
    }
  }),
  'paused-by-signal-before-a-worker-came': { run: pausedBySignal },
  'retried-while-it-waits-for-links': steered(
    { upload: refusing(['URL_REFUSED'], uploaded) },
    async (handle) => {
      await until(handle, { state: 'waiting' });
      await order(handle, 'retry');
    },
  ),
  'moved-to-another-host': steered(
    { upload: refusing(['SOURCE_UNREADABLE'], uploaded) },
    async (handle, stage) => {
      await until(handle, { state: 'parked' });
      await stage.playHost('wrong', { inspect: () => refusal('SOURCE_CHANGED') }, async () => {
        await order(handle, 'retry', 'wrong');
        await until(handle, { state: 'parked' });
      });
      await stage.playHost('other', {}, async () => {
        await order(handle, 'retry', 'other');
        await over(handle);
      });
    },
  ),
  'cancelled-in-upload': steered({ upload: forever }, cancelledIn('upload')),
  'cancelled-while-parked': steered({ open: () => refusal('ACCOUNT_BLOCKED') }, async (handle) => {
    await until(handle, { state: 'parked' });
    await handle.cancel();
  }),
  'cancelled-while-paused': steered({ upload: forever }, async (handle) => {
    await acting(handle, 'upload');
    await order(handle, 'pause');
    await handle.cancel();
  }),
  'cancelled-in-publish-found': steered(
    { publish: ({ lookOnly }) => (lookOnly ? Promise.resolve(published) : forever()) },
    cancelledIn('publish'),
  ),
  'cancelled-in-publish-absent': steered(
    { publish: ({ lookOnly }) => (lookOnly ? Promise.resolve(null) : forever()) },
    cancelledIn('publish'),
  ),
  'compared-before-and-after-the-upload': steered(
    { upload: brokenOff(1, uploaded), publish: brokenOff(1, published) },
    async (handle) => {
      for (const step of ['upload', 'publish']) {
        await acting(handle, step);
        await handle.executeUpdate(COMPARE_UPDATE, { args: [{}] });
        await pausedAndResumedIn(step)(handle);
      }
    },
  ),
  'cancelled-in-fetch': steered({ fetch: forever }, cancelledIn('fetch'), toBack),
};

async function pausedBySignal(stage: Stage, name: string): Promise<WorkflowHandle> {
  const input = inputOf({ consumer: name });
  const handle = await stage.client.workflow.signalWithStart(WORKFLOW.transfer, {
    workflowId: input.transferId,
    taskQueue: SHARED_QUEUE,
    args: [input],
    signal: 'pause',
    signalArgs: [{ commandId: 'by-signal' }],
  });
  await until(handle, { state: 'paused' });
  await handle.signal('resume', { commandId: 'by-signal-too' });
  return over(handle);
}
