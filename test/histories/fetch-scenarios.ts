/** Paths of a fetch alone. */
import type { WorkflowHandle } from '@temporalio/client';
import { SHARED_QUEUE, WORKFLOW, type FetchInput } from '../../src/contract';
import { HOST, refusal, untilCancelled, type Stage } from '../workflows/stand-ins';
import { acting, brokenOff, fetched, over, refusing, until, type Scenario, type Scenarios } from './scenario';

function fetching(
  activities: Scenario['activities'],
  steer: (handle: WorkflowHandle) => Promise<unknown> = () => Promise.resolve(),
): Scenario {
  return {
    ...(activities === undefined ? {} : { activities }),
    async run(stage: Stage, name: string) {
      const input: FetchInput = {
        transferId: name,
        account: 'acme',
        consumer: name,
        host: HOST,
        relativePath: '/v1/AUTH_a/c/x.JPG',
        target: '/data/back/plan.jpg',
        expected: { sizeBytes: 100, md5: 'm' },
        of: null,
        deadlineMs: 600_000,
      };
      const handle = await stage.client.workflow.start(WORKFLOW.fetch, {
        workflowId: name,
        taskQueue: SHARED_QUEUE,
        args: [input],
      });
      await steer(handle);
      return over(handle);
    },
  };
}

export const fetchScenarios: Scenarios = {
  'fetch-done': fetching(undefined),
  'fetch-refused': fetching({ requestDownloadUrl: () => refusal('NOT_PARTICIPANT') }),
  'fetch-parked-and-retried': fetching({ fetch: refusing(['TARGET_NOT_WRITABLE'], fetched) }, async (handle) => {
    await until(handle, { state: 'parked' });
    await handle.executeUpdate('retry', { args: [{ commandId: 'r' }] });
  }),
  'fetch-paused-and-resumed': fetching({ fetch: brokenOff(1, fetched) }, async (handle) => {
    await acting(handle, 'fetch');
    await handle.executeUpdate('pause', { args: [{ commandId: 'p' }] });
    await handle.executeUpdate('resume', { args: [{ commandId: 'r' }] });
  }),
  'fetch-cancelled': fetching({ fetch: () => untilCancelled(() => undefined) }, async (handle) => {
    await acting(handle, 'fetch');
    await handle.cancel();
  }),
};
