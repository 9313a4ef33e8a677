import type { LaunchResult, TransferError } from '../contract';

/** When a schedule runs. Exactly one of `everyMs` and `cron` is set. */
export interface ScheduleTimes {
  /** Milliseconds, counted from the epoch: every hour is every full hour in UTC. */
  readonly everyMs?: number;
  /** Five fields, in `timezone`. */
  readonly cron?: string;
  /** A name of the IANA database. @default UTC */
  readonly timezone?: string;
}

export interface NewSchedule extends ScheduleTimes {
  readonly name: string;
  /** The host that has the files, and what the schedule sends. */
  readonly host: string;
  /** A run that is late by more than this, because Temporal was away, is missed. Milliseconds, at least 10 s. */
  readonly catchUpMs: number;
  /** Pause the schedule when a run fails. */
  readonly pauseOnFailure: boolean;
}

/** The changes to a schedule. Absent fields stay. */
export interface ScheduleChanges {
  readonly times?: ScheduleTimes;
  /** Milliseconds, at least 10 s. */
  readonly catchUpMs?: number;
  readonly pauseOnFailure?: boolean;
}

export interface ScheduleRun {
  /** ISO 8601, UTC: when the run was due. */
  readonly dueAt: string;
  readonly startedAt: string;
  readonly state: 'running' | 'done' | 'failed' | 'unknown';
  /** Null while the run is under way, and when it failed or its history is no longer kept. */
  readonly result: LaunchResult | null;
  readonly error: TransferError | null;
}

export interface ScheduleStatus extends ScheduleTimes {
  readonly name: string;
  readonly host: string;
  readonly state: 'active' | 'paused';
  /** Why the schedule is paused; null when it is not paused, or when no reason was given. */
  readonly note: string | null;
  /** ISO 8601, UTC: the next five times; empty while it is paused. */
  readonly next: readonly string[];
  /** Null before the first run. */
  readonly lastRun: ScheduleRun | null;
  /** ISO 8601, UTC: start times of the failed runs among the last ten, the oldest first. */
  readonly recentFailures: readonly string[];
  readonly runs: number;
  /** Runs that did not happen because they were late by more than the catch-up window. */
  readonly missed: number;
  /** Runs that did not happen because the previous run had not ended. */
  readonly skipped: number;
  readonly catchUpMs: number;
  readonly pauseOnFailure: boolean;
}

/** Methods throw SCHEDULE_UNKNOWN for an unknown name, and TEMPORAL_UNREACHABLE. */
export interface Schedules {
  /** USAGE when the times cannot be read; SCHEDULE_EXISTS. */
  add(schedule: NewSchedule): Promise<void>;
  list(): Promise<readonly ScheduleStatus[]>;
  status(name: string): Promise<ScheduleStatus>;
  /**
   * Name, host, pause, counts and last runs stay. Resolves once the server has the changes. USAGE when the times cannot
   * be read.
   */
  update(name: string, changes: ScheduleChanges): Promise<void>;
  pause(name: string, note: string): Promise<void>;
  resume(name: string): Promise<void>;
  /** Runs it now, unless a run is under way. */
  trigger(name: string): Promise<void>;
  /** A job that the schedule has started goes on. */
  remove(name: string): Promise<void>;
}
