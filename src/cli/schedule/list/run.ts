import { isFerryError } from '../../../errors';
import type { ScheduleFile } from '../../../jobs/types';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { lazy } from '../../shared/lazy';
import { readSettings, upStateDir, withClient } from '../../shared/settings';
import { scheduleDocument, scheduleLines } from './describe';

export async function runScheduleList({ io, output, flags }: CommandEnvironment): Promise<ExitCode> {
  const settings = await readSettings(io, flags);
  const stateDir = settings.target.stateDir ?? upStateDir(io, flags);
  const schedules = await withClient(settings, io, (client) => client.schedules.list());
  if (schedules.length === 0) output.note('No schedules. ferry schedule add makes one.');
  for (const status of schedules) {
    const file = status.host === settings.hostId ? fileOrNull(stateDir, status.name) : null;
    output.document(scheduleDocument(status, file));
    if (!output.json) output.answer(scheduleLines(status, file, io.now()).join('\n'));
  }
  return EXIT.done;
}

function fileOrNull(stateDir: string, name: string): ScheduleFile | null {
  try {
    return lazy.jobs().readSchedule(stateDir, name);
  } catch (error) {
    if (isFerryError(error)) return null;
    throw error;
  }
}
