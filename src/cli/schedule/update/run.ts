import type { FerryClient, ScheduleChanges, ScheduleStatus, ScheduleTimes } from '../../../client';
import { askedOf } from '../../../contract';
import type { ScheduleFile } from '../../../jobs/types';
import { defined } from '../../../lib/defined';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { lazy } from '../../shared/lazy';
import { keepOnRecord } from '../../shared/on-record';
import { usageError } from '../../shared/output/output';
import { readSettings, withClient, type Settings } from '../../shared/settings';
import { scheduleDocument, scheduleLines } from '../shared/describe';
import { ownFile } from '../shared/own-file';
import type { ScheduleOptions } from '../shared/flags';
import { afterOf, sentOf } from '../shared/what';
import { checkSpans, timesOf } from '../shared/when';

export async function runScheduleUpdate(
  environment: CommandEnvironment,
  { by, why, ...options }: ScheduleOptions,
  [name = '', ...words]: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const settings = await readSettings(io, flags);
  checkSpans(options);
  if (Object.keys(options).length === 0 && words.length === 0) {
    throw usageError('Say what to change: times, what happens to files, or -- and what to send.');
  }
  const { stateDir } = settings;
  const { status, file } = await withClient(settings, io, async (client) => {
    const before = await client.schedules.status(name);
    const changes = changesOf(before, options);
    const file = await changedFile(environment, settings, { name, stateDir }, options, words);
    await apply(client, { name, stateDir }, changes, file);
    return { status: await client.schedules.status(name), file: file ?? ownFile(settings, stateDir, before) };
  });
  await keepOnRecord(environment, settings, { action: 'updateSchedule', schedule: name }, askedOf({ by, why }));
  output.document(scheduleDocument(status, file));
  output.answer(scheduleLines(status, file, io.now()).join('\n'));
  return EXIT.done;
}

function changesOf(before: ScheduleStatus, options: ScheduleOptions): ScheduleChanges {
  const { catchUp, pauseOnFailure } = options;
  return defined({ times: newTimes(before, options), catchUpMs: catchUp, pauseOnFailure });
}

/** A new time zone without cron times applies to the present cron times; new cron times keep the present time zone. */
function newTimes({ cron, timezone }: ScheduleStatus, options: ScheduleOptions): ScheduleTimes | undefined {
  if (options.every === undefined && options.cron === undefined && options.timezone === undefined) return undefined;
  if (options.every !== undefined) return timesOf(options);
  if (options.cron === undefined && cron === undefined) throw usageError('--timezone belongs to --cron.');
  return timesOf(defined({ cron: options.cron ?? cron, timezone: options.timezone ?? timezone }));
}

interface Place {
  readonly name: string;
  readonly stateDir: string;
}

/** Null when the stored file does not change. SCHEDULE_UNKNOWN on another host. */
async function changedFile(
  { io }: CommandEnvironment,
  settings: Settings,
  { name, stateDir }: Place,
  { settle, then }: ScheduleOptions,
  words: readonly string[],
): Promise<ScheduleFile | null> {
  if (settle === undefined && then === undefined && words.length === 0) return null;
  const before = lazy.jobs().readSchedule(stateDir, name);
  const sent = words.length === 0 ? before : await sentOf(settings, io.cwd, words);
  const { job, skipBad } = sent;
  const after = await afterOf(then ?? before.after, job, { settings, cwd: io.cwd });
  return { ...before, job, skipBad, after, settleMs: settle ?? before.settleMs };
}

/** Writes the stored file first. If Temporal refuses the times, the former file is restored. */
async function apply(
  { schedules }: FerryClient,
  { name, stateDir }: Place,
  changes: ScheduleChanges,
  file: ScheduleFile | null,
): Promise<void> {
  const { readSchedule, replaceSchedule } = lazy.jobs();
  const before = file === null ? null : readSchedule(stateDir, name);
  if (file !== null) replaceSchedule(stateDir, file);
  if (Object.keys(changes).length === 0) return;
  try {
    await schedules.update(name, changes);
  } catch (error) {
    if (before !== null) replaceSchedule(stateDir, before);
    throw error;
  }
}
