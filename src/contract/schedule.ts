/**
 * A schedule: at its times Temporal starts a *launcher*, a small workflow that lists a directory on a host, starts a job with
 * what is new there, and waits for its end. What is to be done is kept on the host, in `STATE/schedules/NAME.json`:
 * arguments of a scheduled workflow cannot be sealed for it, because each run has an id of its own.
 */
import type { JobInput } from './job';

const SCHEDULE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export function isScheduleName(text: string): boolean {
  return SCHEDULE_NAME.test(text);
}

export function scheduleIdOf(name: string): string {
  return `ferry-schedule/${name}`;
}

/** The name in an id of Temporal; null for a schedule that is not one of Ferry's. */
export function scheduleNameIn(scheduleId: string): string | null {
  const [begin, name = '', ...rest] = scheduleId.split('/');
  return begin === 'ferry-schedule' && rest.length === 0 && isScheduleName(name) ? name : null;
}

/** The server appends the time of a run to it. */
export function launcherIdOf(name: string, host: string): string {
  return `ferry-launcher/${host}/${name}`;
}

export interface LauncherPlace {
  readonly host: string;
  readonly schedule: string;
}

/** What a launcher is to do, which only its workflow id says; null for an id that no schedule made. */
export function launcherPlaceIn(workflowId: string): LauncherPlace | null {
  const [, host, schedule] =
    /^ferry-launcher\/([^/]+)\/([^/]+?)(?:-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$/.exec(workflowId) ?? [];
  return host === undefined || schedule === undefined ? null : { host, schedule };
}

export interface LaunchInput {
  /** Name of the schedule. */
  readonly schedule: string;
}

/** What one look at the directory of a schedule has found. */
export interface LaunchFound {
  /** Files with a name that counts. */
  readonly files: number;
  /** Sent before, by the ledger of the host. */
  readonly known: number;
  /** Still changing, or changed too lately. */
  readonly unsettled: number;
  /** Would never be sent: a wrong type, for example. */
  readonly refused: number;
  /** The first reasons, as sentences. */
  readonly reasons: readonly string[];
  /** Null: there is nothing to send. Its manifest is kept on the host. */
  readonly job: JobInput | null;
  /** Files that were sent are to be moved or deleted. */
  readonly clears: boolean;
}

/** What became of files that were sent and are to be moved or deleted. */
export interface ClearResult {
  readonly cleared: number;
  /** Left where they are, because they changed after they were sent or may not be moved. */
  readonly left: number;
  readonly reasons: readonly string[];
}

/** What a launcher returns. */
export interface LaunchResult extends Omit<LaunchFound, 'job' | 'clears'> {
  /** Null: there was nothing to send. */
  readonly jobId: string | null;
  /** The job was there already: it runs by another command, or has ended with lines that a person must retry. */
  readonly wasThere: boolean;
  /** Null: nothing was to be cleared. */
  readonly cleared: ClearResult | null;
}

/** On a host's queue for moving bytes: to look at 100,000 files takes a while. */
export interface ScheduleIoActivities {
  /** Idempotent: the same files give the same job. */
  readonly launch: (input: LaunchInput) => Promise<LaunchFound>;
  /** Idempotent: a file that an earlier attempt has put aside is finished first. */
  readonly clear: (input: LaunchInput) => Promise<ClearResult>;
}
