import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isScheduleName } from '../contract';
import { FerryError } from '../errors';
import { createFile, replaceFile } from '../lib/atomic-file';
import { removeFile } from '../lib/file-names';
import { hasSystemCode } from '../lib/system-code';
import { checkOwn } from './job-directory';
import type { ScheduleFile } from './types';

/**
 * Stores the file of a new schedule on its host.
 *
 * @throws {FerryError} SCHEDULE_EXISTS; CONFIG_NOT_TRUSTED when others may write there
 */
export function storeSchedule(stateDir: string, file: ScheduleFile): void {
  const directory = join(stateDir, 'schedules');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  checkOwn(directory, 'directory');
  if (createFile(pathOf(stateDir, file.name), textOf(file))) return;
  throw new FerryError('SCHEDULE_EXISTS', `There is a schedule ${file.name} in ${directory}.`);
}

/** Replaces the stored file of a schedule. */
export function replaceSchedule(stateDir: string, file: ScheduleFile): void {
  replaceFile(pathOf(stateDir, file.name), textOf(file));
}

/** @throws {FerryError} SCHEDULE_UNKNOWN; CONFIG_NOT_TRUSTED when others may have written it */
export function readSchedule(stateDir: string, name: string): ScheduleFile {
  const path = pathOf(stateDir, name);
  checkOwn(join(stateDir, 'schedules'), 'directory');
  checkOwn(path, 'file');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ScheduleFile;
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
    throw new FerryError(
      'SCHEDULE_UNKNOWN',
      `This host does not know what the schedule ${name} sends: there is no ${path}.`,
    );
  }
}

/** False when this host does not have the schedule. */
export function removeSchedule(stateDir: string, name: string): boolean {
  const path = pathOf(stateDir, name);
  if (!existsSync(path)) return false;
  removeFile(path);
  return true;
}

function textOf(file: ScheduleFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

function pathOf(stateDir: string, name: string): string {
  if (!isScheduleName(name))
    throw new FerryError('SCHEDULE_UNKNOWN', `${JSON.stringify(name)} cannot name a schedule.`);
  return join(stateDir, 'schedules', `${name}.json`);
}
