/**
 * The file `STATE/schedules/.book.json` about lost runs of schedules on this host. It has the losses that people were
 * notified of, and totals. The totals outlive restarts and schedules, so metrics can use them as counters.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isScheduleName } from '../contract';
import { replaceFile } from '../lib/atomic-file';
import { hasSystemCode } from '../lib/system-code';
import { checkOwn } from './job-directory';

/** Runs that did not happen or failed. */
export interface LostRuns {
  readonly missed: number;
  readonly skipped: number;
  readonly failed: number;
}

/** The facts about a schedule that people were notified of. */
export interface ToldOfSchedule {
  /** Distinguishes the schedule from an earlier schedule of the same name. */
  readonly createdAt: string;
  readonly account: string;
  /** Temporal's count. */
  readonly missed: number;
  readonly skipped: number;
  /** Temporal's count of runs that were started or skipped. */
  readonly actions: number;
  /** Missed runs that Temporal may count again, because no action has followed them yet. 0 when there are none. */
  readonly countedAgain: number;
  /** ISO 8601, UTC: start of the last failed run; null when no run has failed. */
  readonly failedAt: string | null;
  readonly state: 'active' | 'paused' | 'unknown';
}

export interface ScheduleBook {
  readonly v: 1;
  readonly schedules: Readonly<Record<string, ToldOfSchedule>>;
  /** By account. */
  readonly lost: Readonly<Record<string, LostRuns>>;
}

const EMPTY: ScheduleBook = { v: 1, schedules: {}, lost: {} };

/** The names of the schedules of this host. */
export function scheduleNames(stateDir: string): readonly string[] {
  try {
    const files = readdirSync(join(stateDir, 'schedules')).filter((name) => name.endsWith('.json'));
    return files.map((name) => name.slice(0, -'.json'.length)).filter(isScheduleName);
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Empty when the file does not exist. @throws {FerryError} CONFIG_NOT_TRUSTED when others may have written it */
export function readScheduleBook(stateDir: string): ScheduleBook {
  const path = pathOf(stateDir);
  checkOwn(path, 'file');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ScheduleBook;
  } catch (error) {
    // The file is damaged. People are notified of the same losses again, which is better than not at all.
    if (error instanceof SyntaxError || hasSystemCode(error, 'ENOENT')) return EMPTY;
    throw error;
  }
}

export function writeScheduleBook(stateDir: string, book: ScheduleBook): void {
  replaceFile(pathOf(stateDir), `${JSON.stringify(book)}\n`);
}

function pathOf(stateDir: string): string {
  return join(stateDir, 'schedules', '.book.json');
}
