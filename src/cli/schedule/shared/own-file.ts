import type { ScheduleStatus } from '../../../client';
import { isFerryError } from '../../../errors';
import type { ScheduleFile } from '../../../jobs/types';
import { lazy } from '../../shared/lazy';
import type { Settings } from '../../shared/settings';

/** The stored file of a schedule; null when the schedule belongs to another host, or when the file was removed. */
export function ownFile(
  { hostId }: Settings,
  stateDir: string,
  { host, name }: Pick<ScheduleStatus, 'host' | 'name'>,
): ScheduleFile | null {
  if (host !== hostId) return null;
  try {
    return lazy.jobs().readSchedule(stateDir, name);
  } catch (error) {
    if (isFerryError(error)) return null;
    throw error;
  }
}
