import type { ScheduleStatus } from '../../../client';
import { isFerryError } from '../../../errors';
import type { ScheduleFile } from '../../../jobs/types';
import { lazy } from '../../shared/lazy';
import type { Settings } from '../../shared/settings';

/** What this host keeps of a schedule; null when that is another host's, or is gone. */
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
