import { join } from 'node:path';
import type { ActivityLog, Notices } from '../activities';
import type { Schedules, ScheduleStatus } from '../client/types';
import { isFerryError } from '../errors';
import { readSchedule, readScheduleBook, scheduleNames, writeScheduleBook } from '../jobs';
import type { LostRuns, ScheduleFile, ToldOfSchedule } from '../jobs/types';
import { takeFileLock } from '../lib/file-lock';
import { pause } from '../lib/pause';
import type { ScheduleReading } from '../metrics';
import { lossesSince, noticeOf, toldOf } from './schedule-losses';

/** One question to Temporal for each schedule of this host. */
const LOOK_EVERY_MS = 60_000;

/** `ferry schedule add` keeps its file before Temporal has the schedule. */
const ADDED_WITHIN_MS = 60_000;

export interface ScheduleWatchOptions {
  readonly stateDir: string;
  readonly schedules: Pick<Schedules, 'status'>;
  readonly notices: Pick<Notices, 'tell'>;
  readonly log: ActivityLog;
  /** Fired when the worker ends. */
  readonly signal: AbortSignal;
}

/**
 * Notifies people of the lost runs of this host's schedules, because a run that does not start cannot report itself.
 * Never throws.
 */
export async function watchSchedules(options: ScheduleWatchOptions): Promise<void> {
  const { log, signal } = options;
  while (!signal.aborted) {
    await lookAtSchedules(options).catch((error: unknown) => {
      // The next look finds the same losses.
      if (!signal.aborted) log.warn('The schedules of this host cannot be looked at', { err: error });
    });
    await pause(LOOK_EVERY_MS, signal);
  }
}

/**
 * One look. It first notifies people and then records the notice, so a worker that is killed in between notifies them
 * again. Only one of several workers on a state directory looks.
 */
export async function lookAtSchedules(options: Omit<ScheduleWatchOptions, 'signal'>): Promise<void> {
  const { stateDir } = options;
  const names = scheduleNames(stateDir);
  if (names.length === 0) return;
  const { lock } = await takeFileLock(join(stateDir, 'schedules', '.lock'));
  if (lock === null) return;
  try {
    await look(names, options);
  } finally {
    lock.release();
  }
}

async function look(
  names: readonly string[],
  { stateDir, schedules, notices, log }: Omit<ScheduleWatchOptions, 'signal'>,
): Promise<void> {
  const book = readScheduleBook(stateDir);
  const told: Record<string, ToldOfSchedule> = {};
  const lost = { ...book.lost };
  const tell = [];
  for (const name of names) {
    const file = readSchedule(stateDir, name);
    const now = await statusOrNull(schedules, file);
    if (now === 'being added') continue;
    const known = book.schedules[name];
    const before = known?.createdAt === file.createdAt ? known : undefined;
    const losses = lossesSince(before, now);
    const { account } = file.job;
    const notice = noticeOf(file, losses);
    told[name] = toldOf(file, before, now);
    lost[account] = sum(lost[account], losses);
    if (notice === null) continue;
    tell.push(notice);
    log.warn('A schedule did not run as planned', { schedule: name, ...losses });
  }
  await notices.tell(tell);
  const next = { ...book, schedules: told, lost };
  if (JSON.stringify(next) !== JSON.stringify(book)) writeScheduleBook(stateDir, next);
}

/** The results of the looks, for the metrics. Accounts without losses have zeros, so that a rise is visible. */
export function scheduleReadings(stateDir: string): readonly ScheduleReading[] {
  const { schedules, lost } = readScheduleBook(stateDir);
  const told = Object.values(schedules);
  return Object.entries(lost).map(([account, losses]) => ({
    account,
    ...losses,
    stopped: told.filter((one) => one.account === account && one.state !== 'active').length,
  }));
}

async function statusOrNull(
  schedules: Pick<Schedules, 'status'>,
  { name, createdAt }: ScheduleFile,
): Promise<ScheduleStatus | 'being added' | null> {
  try {
    return await schedules.status(name);
  } catch (error) {
    if (!isFerryError(error) || error.code !== 'SCHEDULE_UNKNOWN') throw error;
    return Date.now() - Date.parse(createdAt) < ADDED_WITHIN_MS ? 'being added' : null;
  }
}

function sum(before: LostRuns | undefined, { missed, skipped, failed }: LostRuns): LostRuns {
  return {
    missed: (before?.missed ?? 0) + missed,
    skipped: (before?.skipped ?? 0) + skipped,
    failed: (before?.failed ?? 0) + failed,
  };
}
