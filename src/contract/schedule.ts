/**
 * A schedule: at its times Temporal starts a *launcher*, a small workflow that lists a directory on a host, starts a
 * job with the new files, and waits for its end. The settings are stored on the host, in `STATE/schedules/NAME.json`.
 * They are not arguments of the workflow: arguments cannot be sealed for a scheduled workflow, because each run has an
 * id of its own.
 */
import type { JobInput } from './job';
import type { Shapes } from './shapes';

const SCHEDULE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export function isScheduleName(text: string): boolean {
  return SCHEDULE_NAME.test(text);
}

export function scheduleIdOf(name: string): string {
  return `ferry-schedule/${name}`;
}

/** The name of the schedule with this Temporal id; null for a schedule that is not from Ferry. */
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

/** The host and the schedule of a launcher, from its workflow id; null for an id that no schedule made. */
export function launcherPlaceIn(workflowId: string): LauncherPlace | null {
  const [, host, schedule] =
    /^ferry-launcher\/([^/]+)\/([^/]+?)(?:-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$/.exec(workflowId) ?? [];
  return host === undefined || schedule === undefined ? null : { host, schedule };
}

export interface LaunchInput {
  /** Name of the schedule. */
  readonly schedule: string;
}

/** The result of one look at the directory of a schedule. */
export interface LaunchFound {
  /** The number of files whose names match. */
  readonly files: number;
  /** The number of files that were sent before, according to the host's ledger. */
  readonly known: number;
  /** The number of files that still change or have changed too recently. */
  readonly unsettled: number;
  /** The number of files that can never be sent, for example because of a wrong type. */
  readonly refused: number;
  /** The first reasons, as sentences. */
  readonly reasons: readonly string[];
  /** The job to start, whose manifest is stored on the host; null when there is nothing to send. */
  readonly job: JobInput | null;
  /** True when sent files have to be moved or deleted. */
  readonly clears: boolean;
}

/** The result of moving or deleting sent files. */
export interface ClearResult {
  readonly cleared: number;
  /** The number of files that stay, because they changed after they were sent or may not be moved. */
  readonly left: number;
  readonly reasons: readonly string[];
}

/** The result of a launcher. */
export interface LaunchResult extends Omit<LaunchFound, 'job' | 'clears'> {
  /** Null when there was nothing to send. */
  readonly jobId: string | null;
  /**
   * True when the job existed already: another command started it, or it has ended with lines that a person must retry.
   */
  readonly wasThere: boolean;
  /** Null when there was nothing to clear. */
  readonly cleared: ClearResult | null;
}

/** On a host's queue for moving bytes, because inspecting 100,000 files takes a while. */
export interface ScheduleIoActivities {
  /** Idempotent: the same files give the same job. */
  readonly launch: (input: LaunchInput) => Promise<LaunchFound>;
  /** Idempotent: it first finishes the files that an earlier attempt has put aside. */
  readonly clear: (input: LaunchInput) => Promise<ClearResult>;
}

export const SCHEDULE_RESULTS: Shapes<ScheduleIoActivities> = {
  launch: {
    files: 'number',
    known: 'number',
    unsettled: 'number',
    refused: 'number',
    reasons: 'list',
    job: 'object or null',
    clears: 'truth',
  },
  clear: { cleared: 'number', left: 'number', reasons: 'list' },
};
