import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import {
  CONSUMER_QUEUE,
  hostQueue,
  ioQueue,
  PRIORITY,
  SHARED_QUEUE,
  type Activities,
  type ActivityName,
  type ConsumerActivities,
  type HostActivities,
  type IoActivities,
  type SharedActivities,
} from '../contract';
import { checkedResult } from './inputs';

/** An attempt fails after this time without a heartbeat. Workers send a heartbeat every second. */
export const HEARTBEAT_TIMEOUT_MS = 15_000;

/** The longest attempt of a step that moves no bytes. */
const SHORT_ATTEMPT_MS = 120_000;

const common = {
  /**
   * The deadline bounds retries, not a count. A failed attempt sets its own pause (nextRetryDelay). This policy applies
   * only when a worker died and its attempt could not set a pause.
   */
  retry: { initialInterval: 1000, backoffCoefficient: 2, maximumInterval: 30_000 },
  // Without this the SDK uses TRY_CANCEL: a resumed step would then run beside its cancelled attempt.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  // Eager dispatch bypasses the limits of the host's queues.
  allowEagerDispatch: false,
  // Every call sets its own; the SDK requires one here.
  startToCloseTimeout: SHORT_ATTEMPT_MS,
} as const satisfies ActivityOptions;

interface Runnable {
  executeWithOptions(options: ActivityOptions, args: [unknown]): Promise<unknown>;
}

const activities: Readonly<Record<ActivityName, Runnable>> =
  proxyActivities<Record<ActivityName, (input: unknown) => Promise<unknown>>>(common);

type InputOf<Name extends ActivityName> = Parameters<Activities[Name]>[0];
type ResultOf<Name extends ActivityName> = Awaited<ReturnType<Activities[Name]>>;

/** Runs an activity and checks its result. */
export async function run<Name extends ActivityName>(
  name: Name,
  input: InputOf<Name>,
  options: ActivityOptions,
): Promise<ResultOf<Name>> {
  const result = await activities[name].executeWithOptions(options, [input]);
  return checkedResult(name, result) as ResultOf<Name>;
}

/** How one activity runs. */
export interface RunOptions extends Pick<ActivityOptions, 'scheduleToStartTimeout' | 'scheduleToCloseTimeout'> {
  /** Shown in the UI of Temporal. */
  readonly summary: string;
  /** An attempt may last until the deadline, not only for two minutes. */
  readonly mayTakeLong?: boolean;
}

/** The activities of one transfer, on the queues of one host, within the time that is left. */
export class TransferActivities {
  private readonly atHost: string;
  private readonly timeLeftMs: () => number;

  constructor(host: string, timeLeftMs: () => number) {
    this.atHost = host;
    this.timeLeftMs = timeLeftMs;
  }

  /** Runs an activity that any worker can do. */
  anywhere<Name extends keyof SharedActivities>(name: Name, input: InputOf<Name>, options: RunOptions) {
    return run(name, input, this.limited(SHARED_QUEUE, options));
  }

  /** Runs a short activity on the host. */
  onHost<Name extends keyof HostActivities>(name: Name, input: InputOf<Name>, options: RunOptions) {
    return run(name, input, this.limited(hostQueue(this.atHost), options));
  }

  /** Runs an activity that moves bytes on the host. */
  moveBytes<Name extends keyof IoActivities>(name: Name, input: InputOf<Name>, options: RunOptions) {
    return run(name, input, this.limited(ioQueue(this.atHost), { ...options, mayTakeLong: true }));
  }

  private limited(taskQueue: string, { mayTakeLong = false, ...options }: RunOptions): ActivityOptions {
    const left = this.timeLeftMs();
    return {
      taskQueue,
      heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
      startToCloseTimeout: mayTakeLong ? left : Math.min(SHORT_ATTEMPT_MS, left),
      scheduleToCloseTimeout: left,
      ...options,
    };
  }
}

/**
 * Runs an activity of a consumer workflow. One attempt: the activity that asked does the retrying, where people see it.
 */
export function runForConsumer<Name extends keyof ConsumerActivities>(
  name: Name,
  input: InputOf<Name>,
  summary: string,
) {
  return run(name, input, {
    retry: { maximumAttempts: 1 },
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    startToCloseTimeout: 60_000,
    scheduleToCloseTimeout: 90_000,
    taskQueue: CONSUMER_QUEUE,
    // Also here: an entity that an earlier version started has no key of its own.
    priority: { priorityKey: PRIORITY.entity },
    summary,
  });
}
