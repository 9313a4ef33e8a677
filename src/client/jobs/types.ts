import type { Asked, JobInput, JobState, JobView } from '../../contract';
import type { ErrorCode } from '../../errors';
import type { CommandOutcome } from '../types';

/** Where a job stands: what `ferry job status` prints, and what every event carries. */
export interface JobStatus extends JobView, Asked {
  /** True when no worker answered, so that the counts are missing, or those of an earlier moment. */
  readonly stale: boolean;
}

export interface StartedJob {
  readonly jobId: string;
  /** True when this call attached to an equal job that runs or is done. */
  readonly repeated: boolean;
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
  /** Pause between two looks. @default 500 */
  readonly intervalMs?: number;
}

/**
 * Start, watch and steer jobs. Every method rejects with a FerryError, as those of `FerryClient` do. A `jobId` is a whole
 * id; `resolveId` completes a prefix.
 */
export interface JobClient {
  /**
   * Starts a job whose manifest its home host keeps already, or attaches to the same job, which runs or is done. A job that
   * was cancelled goes on with what was not sent.
   */
  start(input: JobInput, asked?: Asked): Promise<StartedJob>;
  /** The full id of a prefix that only one job has. JOB_UNKNOWN, JOB_AMBIGUOUS. */
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
  /** Kept by Temporal at once: publishes under way may finish. JOB_UNKNOWN, JOB_CLOSED. */
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
  /** Another home host, which has the files of the job. JOB_UNKNOWN, JOB_CLOSED, COMMAND_IMPOSSIBLE. */
  move(jobId: string, options: Asked & { readonly host: string }): Promise<CommandOutcome>;
}
