/**
 * The interface between the parts of a worker and its metrics. Labels are accounts, steps and codes; never ids, paths
 * or consumers.
 */

export type Direction = 'up' | 'down';

/** How an attempt of a step ended. `retried`: Temporal tries the step again. `failed`: only a person can retry it. */
export type StepResult = 'ok' | 'retried' | 'failed' | 'cancelled';

/** Counts events. Every method returns at once and never throws. */
export interface Meter {
  /** One attempt of a step, such as `upload`. `code` is the error's; null for `ok` and `cancelled`. */
  stepEnded(step: string, account: string, result: StepResult, code: string | null, seconds: number): void;
  /** Bytes that went over the line to or from storage, counted while they move. */
  bytesMoved(account: string, direction: Direction, bytes: number): void;
  /** A signed link was renewed. */
  linkRenewed(account: string, direction: Direction): void;
  /** A line of a job was settled; one that a person retries is settled again. */
  lineSettled(account: string, state: string): void;
  /** A service answered 429. The account is empty for a service that several accounts share, such as `storage`. */
  throttled(account: string, service: string): void;
}

/** An account's capacity, and the share that this worker holds. */
export interface LimiterReading {
  readonly account: string;
  /** The limited resource, such as `requests` or `bytes`. */
  readonly limit: string;
  readonly held: number;
  /** Null: no cap is known. */
  readonly cap: number | null;
}

/** The schedules of this host. Runs are counted since the host's first schedule, across restarts. */
export interface ScheduleReading {
  readonly account: string;
  readonly missed: number;
  readonly skipped: number;
  readonly failed: number;
  /** Schedules that begin no runs: paused, or lost by Temporal. */
  readonly stopped: number;
}

export interface TransferCounts {
  /** Transfers in Temporal's index, by state. */
  readonly states: Readonly<Record<string, number>>;
  /** Parked transfers, of the newest 1,000. */
  readonly parked: readonly { readonly account: string; readonly code: string; readonly count: number }[];
}

/**
 * The readings of a scrape. A failed reading is left out. Each part of the worker adds its readings with
 * `Metrics.read`.
 */
export interface Readings {
  readonly transfers?: () => Promise<TransferCounts>;
  readonly limiter?: () => readonly LimiterReading[];
  readonly schedules?: () => readonly ScheduleReading[];
  /** Age of the newest seal key in seconds; null: unknown. */
  readonly sealKeyAge?: () => number | null;
}
