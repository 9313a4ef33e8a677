import { isScheduleName } from '../../../contract';
import type { ScheduleFile } from '../../../jobs/types';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { lazy } from '../../shared/lazy';
import { keepOnRecord } from '../../shared/on-record';
import { usageError } from '../../shared/output/output';
import { readSettings, withClient } from '../../shared/settings';
import { scheduleDocument, scheduleLines } from '../shared/describe';
import type { ScheduleOptions } from '../shared/flags';
import { afterOf, sentOf } from '../shared/what';
import { checkSpans, timesOf } from '../shared/when';

const SETTLE_MS = 10_000;
const CATCH_UP_MS = 24 * 3_600_000;

export async function runScheduleAdd(
  environment: CommandEnvironment,
  options: ScheduleOptions,
  [name = '', ...words]: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const settings = await readSettings(io, flags);
  const times = timesOf(options);
  checkSpans(options);
  if (!isScheduleName(name)) {
    throw usageError(`${JSON.stringify(name)} cannot name a schedule: write letters, digits, ".", "_" and "-".`);
  }
  const sent = await sentOf(settings, io.cwd, words);
  const file: ScheduleFile = {
    type: 'schedule',
    v: 1,
    name,
    host: settings.hostId,
    ...sent,
    settleMs: options.settle ?? SETTLE_MS,
    after: await afterOf(options.then ?? { do: 'leave' }, sent.job, { settings, cwd: io.cwd }),
    createdAt: new Date(io.now()).toISOString(),
  };
  const { stateDir } = settings;
  const { storeSchedule, removeSchedule } = lazy.jobs();
  const status = await withClient(settings, io, async (client) => {
    storeSchedule(stateDir, file);
    try {
      const { catchUp: catchUpMs = CATCH_UP_MS, pauseOnFailure = false } = options;
      await client.schedules.add({ name, host: file.host, catchUpMs, pauseOnFailure, ...times });
    } catch (error) {
      removeSchedule(stateDir, name);
      throw error;
    }
    const status = await client.schedules.status(name);
    // The server takes times that never come, such as 31 February.
    if (status.next.length > 0) return status;
    await client.schedules.remove(name);
    removeSchedule(stateDir, name);
    throw usageError('These times never come.');
  });
  await keepOnRecord(environment, settings, { action: 'addSchedule', schedule: name }, options);
  output.document(scheduleDocument(status, file));
  output.answer(scheduleLines(status, file, io.now()).join('\n'));
  return EXIT.done;
}
