import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import {
  CONSUMER_QUEUE,
  type ConsumerActivities,
  type HostActivities,
  hostQueue,
  type IoActivities,
  ioQueue,
  SHARED_QUEUE,
  type SharedActivities,
} from '../contract';

/**
 * Retries are bounded by time (the deadline), never by count. A failed attempt names its own pause (nextRetryDelay, 5 to
 * 30 s); this policy only speaks where no failure could: the worker died.
 */
const retry: NonNullable<ActivityOptions['retry']> = {
  initialInterval: 1000,
  backoffCoefficient: 2,
  maximumInterval: 30_000,
};

const common = {
  retry,
  // An omitted type behaves as TRY_CANCEL: a cancel would then report what is not so, and a resume meet the old attempt.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  // Eager dispatch bypasses the limits of the host's queues.
  allowEagerDispatch: false,
} as const satisfies ActivityOptions;

/** An attempt is a worker's heartbeat every second, unless it ends sooner; a dead worker is noticed after this. */
const heartbeatTimeout = 15_000;

/** How long a publish may take; its fence (20 s on the monotonic clock) relies on it, so it has no heartbeat. */
export const PUBLISH_ATTEMPT_MS = 30_000;

/** After this a publish goes to any worker, without a preview. */
const PUBLISH_PICKUP_MS = 60_000;

/** How long a cancelled fetch waits for its host to come back and remove the part; then the part stays. */
const TIDY_WITHIN_MS = 24 * 3_600_000;

export function activitiesOf(host: string, timeLeftMs: () => number) {
  const short = (): ActivityOptions => ({
    ...common,
    heartbeatTimeout,
    startToCloseTimeout: Math.min(120_000, timeLeftMs()),
    scheduleToCloseTimeout: timeLeftMs(),
  });
  const long = (): ActivityOptions => ({
    ...common,
    heartbeatTimeout,
    startToCloseTimeout: timeLeftMs(),
    scheduleToCloseTimeout: timeLeftMs(),
  });
  return {
    shared: (summary: string) => proxyActivities<SharedActivities>({ ...short(), taskQueue: SHARED_QUEUE, summary }),
    host: (summary: string) => proxyActivities<HostActivities>({ ...short(), taskQueue: hostQueue(host), summary }),
    io: (summary: string) => proxyActivities<IoActivities>({ ...long(), taskQueue: ioQueue(host), summary }),
    tidy: (summary: string) =>
      proxyActivities<HostActivities>({
        ...short(),
        scheduleToCloseTimeout: TIDY_WITHIN_MS,
        taskQueue: hostQueue(host),
        summary,
      }),
    publishOnHost: (summary: string) =>
      proxyActivities<HostActivities>({
        ...common,
        startToCloseTimeout: PUBLISH_ATTEMPT_MS,
        scheduleToCloseTimeout: timeLeftMs(),
        scheduleToStartTimeout: PUBLISH_PICKUP_MS,
        taskQueue: hostQueue(host),
        summary,
      }),
    publishAnywhere: (summary: string) =>
      proxyActivities<SharedActivities>({
        ...common,
        startToCloseTimeout: PUBLISH_ATTEMPT_MS,
        scheduleToCloseTimeout: timeLeftMs(),
        taskQueue: SHARED_QUEUE,
        summary,
      }),
  };
}

export type TransferActivities = ReturnType<typeof activitiesOf>;

/** One try each: the activity that asked the consumer workflow does the retrying, where people can see it. */
export function consumerActivities(summary: string): ConsumerActivities {
  return proxyActivities<ConsumerActivities>({
    ...common,
    retry: { maximumAttempts: 1 },
    heartbeatTimeout,
    startToCloseTimeout: 60_000,
    scheduleToCloseTimeout: 90_000,
    taskQueue: CONSUMER_QUEUE,
    summary,
  });
}
