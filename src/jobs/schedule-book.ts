/**
 * What this host knows of runs that did not happen, in `STATE/schedules/.book.json`: what people were told of each schedule,
 * and how many runs were lost in all. The totals outlive restarts and schedules, so that they can be counters.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isScheduleName } from '../contract';
import { replaceFile } from '../lib/atomic-file';
import { hasSystemCode } from '../lib/system-code';
import { checkOwn } from './job-directory';

/** Runs that did not happen, or failed. */
export interface LostRuns {
  readonly missed: number;
  readonly skipped: number;
  readonly failed: number;
}

/** What people were told of a schedule. */
export interface ToldOfSchedule {
  /** Tells a schedule from another one that had its name before. */
  readonly createdAt: string;
  readonly account: string;
  /** As Temporal counted. */
  readonly missed: number;
  readonly skipped: number;
  /** Runs that were begun or skipped, as Temporal counted. */
  readonly actions: number;
  /** Missed runs that Temporal may count again, because no action has followed them; 0: none. */
  readonly countedAgain: number;
  /** ISO 8601, UTC: start of the last run that failed; null: none has. */
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

/** Empty before something was written. @throws {FerryError} CONFIG_NOT_TRUSTED when others may have written it */
export function readScheduleBook(stateDir: string): ScheduleBook {
  const path = pathOf(stateDir);
  checkOwn(path, 'file');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ScheduleBook;
  } catch (error) {
    // A file that somebody damaged: people are told of the same losses again, which is better than not at all.
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
