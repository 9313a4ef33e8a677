import type { Asked, JobInput, JobState, JobView } from '../../contract';
import type { ErrorCode } from '../../errors';
import type { CommandOutcome } from '../types';

/** The status of a job, as `ferry job status` prints it and every event contains it. */
export interface JobStatus extends JobView, Asked {
  /** True when no worker answered. Then the counts are missing or old. */
  readonly stale: boolean;
}

export interface StartedJob {
  readonly jobId: string;
  /** True when this call attached to an equal job that runs or is done. */
  readonly repeated: boolean;
  /** True when a job that had been cancelled goes on, with the settings that it had. */
  readonly resumed?: true;
}

export interface JobFilter {
  /** @default every state */
  readonly states?: readonly JobState[];
  /** Account of the first line. @default every account */
  readonly account?: string;
  /** Only jobs that were started within this many milliseconds. */
  readonly sinceMs?: number;
  /** @default 50 */
  readonly limit?: number;
}

/** `end`: the last event. */
export type JobEventKind = 'state' | 'progress' | 'end';

export interface JobEvent {
  readonly type: 'event';
  readonly v: 1;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: JobEventKind;
  readonly jobId: string;
  readonly status: JobStatus;
}

export interface JobWatchOptions {
  readonly signal?: AbortSignal;
  /** Pause between two looks, in milliseconds. @default 1000 */
  readonly intervalMs?: number;
}

/**
 * Start, watch and steer jobs. Every method rejects with a FerryError, like the methods of `FerryClient`. A `jobId` is
 * a whole id; `resolveId` completes a prefix.
 */
export interface JobClient {
  /**
   * Starts a job whose manifest is stored on its home host, or attaches to the same job when it runs or is done. A
   * cancelled job continues with the lines that were not sent.
   */
  start(input: JobInput, asked?: Asked): Promise<StartedJob>;
  /** The full id of the only job with this prefix. JOB_UNKNOWN, JOB_AMBIGUOUS. */
  resolveId(prefix: string): Promise<string>;
  /** JOB_UNKNOWN. */
  status(jobId: string): Promise<JobStatus>;
  /** Newest first. */
  list(filter: JobFilter): Promise<readonly JobStatus[]>;
  /**
   * Follows a job until the event of kind `end`, or until the signal fires, which is not an error. While Temporal is away
   * the iterator yields nothing and keeps trying. JOB_UNKNOWN.
   */
  watch(jobId: string, options?: JobWatchOptions): AsyncIterable<JobEvent>;
  /** Cancels the job. Temporal stores the request at once; publishes under way may finish. JOB_UNKNOWN, JOB_CLOSED. */
  cancel(jobId: string, asked?: Asked): Promise<void>;
  /** Stops moving bytes within 2 s and keeps what is done. JOB_UNKNOWN, JOB_CLOSED, COMMAND_IMPOSSIBLE. */
  pause(jobId: string, asked?: Asked): Promise<CommandOutcome>;
  /** JOB_UNKNOWN, JOB_CLOSED, COMMAND_IMPOSSIBLE. */
  resume(jobId: string, asked?: Asked): Promise<CommandOutcome>;
  /**
   * Runs lines that failed or are parked again, as another pass of the job; also when the job has ended.
   * JOB_UNKNOWN, COMMAND_IMPOSSIBLE.
   *
   * @param options `code`: only the lines with this error; @default all of them
   */
  retry(jobId: string, options?: Asked & { readonly code?: ErrorCode }): Promise<CommandOutcome>;
  /** JOB_UNKNOWN, JOB_CLOSED, COMMAND_IMPOSSIBLE. */
  set(jobId: string, options: Asked & { readonly lanes: number }): Promise<CommandOutcome>;
  /**
   * Moves the job to another home host, which must have the files of the job. JOB_UNKNOWN, JOB_CLOSED,
   * COMMAND_IMPOSSIBLE.
   */
  move(jobId: string, options: Asked & { readonly host: string }): Promise<CommandOutcome>;
}
