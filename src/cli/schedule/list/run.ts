import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { readSettings, withClient } from '../../shared/settings';
import { scheduleDocument, scheduleLines } from '../shared/describe';
import { ownFile } from '../shared/own-file';

export async function runScheduleList({ io, output, flags }: CommandEnvironment): Promise<ExitCode> {
  const settings = await readSettings(io, flags);
  const { stateDir } = settings;
  const schedules = await withClient(settings, io, (client) => client.schedules.list());
  if (schedules.length === 0) output.note('No schedules. ferry schedule add makes one.');
  for (const status of schedules) {
    const file = ownFile(settings, stateDir, status);
    output.document(scheduleDocument(status, file));
    if (!output.json) output.answer(scheduleLines(status, file, io.now()).join('\n'));
  }
  return EXIT.done;
}
