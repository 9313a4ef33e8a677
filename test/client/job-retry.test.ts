import { temporal } from '@temporalio/proto';
import type { ClientContext } from '../../src/client/context';
import { retryJob } from '../../src/client/jobs/commands';
import type { Temporal } from '../../src/client/temporal';
import { JOB_COMMAND, WORKFLOW } from '../../src/contract';

const Status = temporal.api.enums.v1.WorkflowExecutionStatus;

/** The result of a job whose lines are parked with two codes. */
const ended = {
  view: {
    pass: 1,
    counts: { done: 0, failed: 0, parked: 5, skipped: 0, running: 0, waiting: 0 },
    bytesDone: 0,
    reasons: [
      { state: 'parked', code: 'FILE_SHARING_OFF', lines: 3 },
      { state: 'parked', code: 'DEADLINE_PASSED', lines: 2 },
    ],
  },
  input: { jobId: 'acme-jan-1', name: 'jan', account: 'acme', host: 'a', lines: 5, bytesTotal: 5, lanes: 1 },
};

/** A server with a job that has ended. Between the look at the job and the start, somebody else starts the job again. */
function serverWhereAnotherRetriesFirst(result: object = ended) {
  const updates: unknown[] = [];
  const starts: unknown[] = [];
  let isRunning = false;
  const server = {
    namespace: 'ferry',
    call: (run: () => Promise<unknown>) => run(),
    read: () => result,
    service: {
      describeWorkflowExecution: () =>
        Promise.resolve({
          workflowExecutionInfo: {
            type: { name: WORKFLOW.job },
            execution: { workflowId: 'acme-jan-1', runId: 'r' },
            status: isRunning ? Status.WORKFLOW_EXECUTION_STATUS_RUNNING : Status.WORKFLOW_EXECUTION_STATUS_COMPLETED,
          },
        }),
      getWorkflowExecutionHistory: () =>
        Promise.resolve({ history: { events: [{ workflowExecutionCompletedEventAttributes: {} }] } }),
    },
    start: (_type: string, { input }: { readonly input: unknown }) => {
      starts.push(input);
      isRunning = true;
      return Promise.resolve(false);
    },
    update: (_id: string, _run: string, name: string, input: unknown) => {
      updates.push({ name, input });
      return Promise.resolve({ state: 'running' });
    },
  };
  return { context: { server: server as unknown as Temporal } as ClientContext, updates, starts };
}

test('Of two retries of an ended job at the same time, the second is added to the first and not lost.', async () => {
  const { context, updates } = serverWhereAnotherRetriesFirst();
  const outcome = await retryJob(context, 'acme-jan-1', { code: 'FILE_SHARING_OFF', by: 'ops' });
  expect(outcome).toEqual({ taken: 'now' });
  expect(updates).toEqual([
    { name: JOB_COMMAND.retry, input: expect.objectContaining({ code: 'FILE_SHARING_OFF', by: 'ops' }) as unknown },
  ]);
});

test('Lines without which the job was started are not retried, and the answer says what helps.', async () => {
  const reasons = [{ state: 'failed', code: 'SOURCE_MISSING', lines: 3, refused: true }];
  const { context, updates } = serverWhereAnotherRetriesFirst({ ...ended, view: { pass: 1, reasons } });
  const remedy = expect.stringContaining('start the job again') as string;
  await expect(retryJob(context, 'acme-jan-1')).rejects.toMatchObject({ code: 'COMMAND_IMPOSSIBLE', remedy });
  expect(updates).toEqual([]);
});

test('Another pass begins with the counts with which the job ended.', async () => {
  const { context, starts } = serverWhereAnotherRetriesFirst();
  await retryJob(context, 'acme-jan-1');
  const { reasons, bytesDone } = ended.view;
  const settled = { done: 0, failed: 0, parked: 5, skipped: 0, cancelled: 0 };
  expect(starts).toMatchObject([{ begin: { pass: 2, retry: { code: null }, tally: { settled, bytesDone, reasons } } }]);
});
