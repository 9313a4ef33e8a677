import { defaultPayloadConverter } from '@temporalio/common';
import { JOB_MEMO, SEARCH_ATTRIBUTES, WORKFLOW, type JobView } from '../../src/contract';
import type { ClientContext } from '../../src/client/context';
import { watchJob } from '../../src/client/jobs/watch';
import type { JobEvent } from '../../src/client/jobs/types';

const RUNNING = 1;
const COMPLETED = 2;

const view = (changes: Partial<JobView>): JobView => ({
  jobId: 'acme-january-1',
  name: 'january',
  account: 'acme',
  host: 'a',
  state: 'running',
  lines: 4,
  counts: { done: 2, failed: 0, parked: 0, skipped: 0, running: 2, waiting: 0 },
  bytesTotal: 400,
  bytesDone: 200,
  filesPerSecond: 0,
  bytesPerSecond: 0,
  lanes: 8,
  pass: 1,
  startedAt: '2026-01-02T03:04:05.000Z',
  finishedAt: null,
  error: null,
  reasons: [],
  slowest: null,
  ...changes,
});

/** What the server and the worker say at one look. */
interface Look {
  readonly status: number;
  readonly state: string;
  /** Null: no worker answers. */
  readonly answer: JobView | null;
  readonly memo?: JobView;
}

/** @param ended resolves when the server tells the end of the workflow */
function contextWith(looks: readonly Look[], ended = new Promise<void>(() => undefined)): ClientContext {
  let at = -1;
  const look = (): Look => looks[Math.min(at, looks.length - 1)] as Look;
  const infoOf = ({ status, state, memo }: Look) => ({
    execution: { workflowId: 'acme-january-1', runId: 'r' },
    type: { name: WORKFLOW.job },
    status,
    memo: { fields: memo === undefined ? {} : { [JOB_MEMO]: memo } },
    searchAttributes: { indexedFields: { [SEARCH_ATTRIBUTES.state]: defaultPayloadConverter.toPayload(state) } },
  });
  const server = {
    namespace: 'n',
    call: (run: () => unknown) => run(),
    longPoll: (run: () => unknown) => run(),
    service: {
      getWorkflowExecutionHistory: () =>
        ended.then(() => ({ history: { events: [{ workflowExecutionCompletedEventAttributes: {} }] } })),
      describeWorkflowExecution: () => {
        at += 1;
        return Promise.resolve({ workflowExecutionInfo: infoOf(look()) });
      },
    },
    query: () => {
      const { answer } = look();
      return answer === null ? Promise.reject(new Error('no answer')) : Promise.resolve(answer);
    },
    read: (value: unknown) => value,
    readFailure: () => null,
  };
  const workers = { obstacle: () => Promise.resolve(null) };
  return { server, workers, watchers: { count: 0 } } as unknown as ClientContext;
}

test('A job that has noted its end is told with its last counts, also when no worker answers.', async () => {
  const end = view({
    state: 'done',
    counts: { done: 3, failed: 1, parked: 0, skipped: 0, running: 0, waiting: 0 },
    finishedAt: '2026-01-02T03:05:05.000Z',
  });
  const context = contextWith([
    { status: RUNNING, state: 'running', answer: view({}) },
    { status: RUNNING, state: 'done', answer: null, memo: end },
    { status: COMPLETED, state: 'done', answer: null, memo: end },
  ]);
  const events: JobEvent[] = [];
  for await (const event of watchJob(context, 'acme-january-1', { intervalMs: 1 })) events.push(event);
  expect(events.at(-1)).toMatchObject({ kind: 'end', status: { counts: end.counts, finishedAt: end.finishedAt } });
});

test('A job that is being cancelled is neither paused nor parked: no command would move it.', async () => {
  const error = { code: 'DISK_FULL', message: 'There is no room left.', remedy: 'Make room.' } as const;
  const end = view({ state: 'cancelled', finishedAt: '2026-01-02T03:05:05.000Z' });
  const context = contextWith([
    { status: RUNNING, state: 'paused', answer: view({ state: 'paused', cancelling: true }) },
    { status: RUNNING, state: 'parked', answer: view({ state: 'parked', error, cancelling: true }) },
    { status: COMPLETED, state: 'cancelled', answer: null, memo: end },
  ]);
  const events: JobEvent[] = [];
  for await (const event of watchJob(context, 'acme-january-1', { intervalMs: 1 })) events.push(event);
  const seen = events.slice(0, -1).map(({ status }) => [status.state, status.error, status.cancelling]);
  expect(seen.length).toBeGreaterThan(0);
  for (const each of seen) expect(each).toEqual(['running', null, true]);
});

test('The end of a job is told at once, however seldom the watcher looks.', async () => {
  const end = view({ state: 'done', finishedAt: '2026-01-02T03:05:05.000Z' });
  let tellEnd = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    tellEnd = resolve;
  });
  const context = contextWith(
    [
      { status: RUNNING, state: 'running', answer: view({}) },
      { status: COMPLETED, state: 'done', answer: null, memo: end },
    ],
    ended,
  );
  const kinds: string[] = [];
  for await (const { kind } of watchJob(context, 'acme-january-1', { intervalMs: 1_000_000 })) {
    kinds.push(kind);
    tellEnd();
  }
  expect(kinds).toEqual(['state', 'end']);
});
