import { join } from 'node:path';
import { Worker, type NativeConnection, type WorkerInterceptors, type WorkerOptions } from '@temporalio/worker';
import {
  createConsumerActivities,
  createHostActivities,
  createIoActivities,
  createSharedActivities,
  type ActivityDeps,
} from '../activities';
import type { Payloads } from '../codec';
import { CONSUMER_QUEUE, hostQueue, ioQueue, SHARED_QUEUE } from '../contract';

/** An aborted transfer checkpoints within a second; a publish needs its answer. */
export const GRACE_MS = 10_000;

/**
 * One poll at a time. While it drains, the SDK's core stops listening at the first empty poll. With several polls, the
 * tasks of the other polls are dropped until they time out (1.24, pollers/mod.rs, `TaskPollerStream`). The option
 * `maxConcurrentActivityTaskPolls` cannot be used, because 1.24 ignores it.
 */
const ONE_POLLER = { type: 'simple-maximum', maximum: 1 } as const;

/**
 * A worker keeps the state of recent workflows, so the server asks the same worker again. When that worker has died,
 * the server asks any other after this time. Queries and updates of commands wait for as long.
 */
const SAME_WORKER_WITHIN_MS = 5000;

/**
 * How long one step of workflow code may take. The time counts while the process is frozen or starved, and the end of the
 * time corrupts Node's async hooks, which ends the process (temporalio/sdk-typescript#939). So it is longer than any
 * freeze; the server gives the task to another worker after seconds in any case.
 */
const WORKFLOW_STEP_WITHIN_MS = 600_000;

/** The SDK (1.24, worker-options.js) takes this option, but its types do not have it. */
const PATIENT_WITH_WORKFLOWS: Partial<WorkerOptions> & { readonly isolateExecutionTimeout: number } = {
  isolateExecutionTimeout: WORKFLOW_STEP_WITHIN_MS,
};

export interface QueuesOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly host: string;
  /** How many transfers may move bytes at the same time. */
  readonly byteSlots: number;
  /** False when no allow-list limits the files. Then the worker serves only the shared queue. */
  readonly serveHost: boolean;
  readonly payloads: Payloads;
  readonly interceptors: WorkerInterceptors;
}

/** The four queues that one worker process serves. */
export async function createQueues(deps: ActivityDeps, options: QueuesOptions): Promise<Worker[]> {
  const { connection, namespace, host, byteSlots, serveHost, payloads } = options;
  const common = {
    connection,
    namespace,
    dataConverter: payloads.dataConverter,
    shutdownGraceTime: GRACE_MS,
    maxHeartbeatThrottleInterval: 1000,
    activityTaskPollerBehavior: ONE_POLLER,
    interceptors: options.interceptors,
  } satisfies Partial<WorkerOptions>;
  const shared = Worker.create({
    ...common,
    taskQueue: SHARED_QUEUE,
    // Failures of workflows hide their texts where payloads are sealed: another build of the same code.
    workflowBundle: { codePath: join(__dirname, `../workflows/${payloads.sealed ? 'bundle-sealed' : 'bundle'}.js`) },
    activities: createSharedActivities(deps),
    maxConcurrentActivityTaskExecutions: 60,
    // One thread does all workflow tasks, so more at once are not faster. Tasks inside the worker run in the order of
    // arrival; tasks in Temporal's queue are ordered by priority.
    maxConcurrentWorkflowTaskExecutions: 8,
    workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 4 },
    maxCachedWorkflows: 500,
    ...PATIENT_WITH_WORKFLOWS,
    stickyQueueScheduleToStartTimeout: SAME_WORKER_WITHIN_MS,
  });
  const consumers = Worker.create({
    ...common,
    taskQueue: CONSUMER_QUEUE,
    activities: createConsumerActivities(deps),
    maxConcurrentActivityTaskExecutions: 30,
  });
  if (!serveHost) return await Promise.all([shared, consumers]);
  return await Promise.all([
    shared,
    consumers,
    Worker.create({
      ...common,
      taskQueue: hostQueue(host),
      activities: createHostActivities(deps),
      maxConcurrentActivityTaskExecutions: 30,
    }),
    Worker.create({
      ...common,
      taskQueue: ioQueue(host),
      activities: createIoActivities(deps),
      // A few more tasks than slots, so that the next has its file and link at hand when a slot becomes free. The
      // others are for attempts that wait, without a slot, for storage or a link: they must not keep out another
      // account's.
      maxConcurrentActivityTaskExecutions: byteSlots * 2 + 24,
    }),
  ]);
}
