import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { isScheduleName } from '../../../contract';
import type { ScheduleFile, AfterSending } from '../../../jobs/types';
import { defined } from '../../../lib/defined';
import type { ScheduleTimes } from '../../../client';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { lazy } from '../../shared/lazy';
import { usageError } from '../../shared/output/output';
import { accountOf, readSettings, upStateDir, withClient, type Settings } from '../../shared/settings';
import { startCommand } from '../../job/start/command';
import { lineOptions } from '../../job/start/prepare';
import type { JobStartOptions } from '../../job/start/types';
import { scheduleDocument, scheduleLines } from '../list/describe';

export interface ScheduleAddOptions {
  /** Milliseconds, here and below. */
  readonly every?: number;
  readonly cron?: string;
  readonly timezone?: string;
  readonly settle?: number;
  readonly then?: AfterSending;
  readonly catchUp?: number;
  readonly pauseOnFailure?: boolean;
}

const SETTLE_MS = 10_000;
const CATCH_UP_MS = 24 * 3_600_000;
const SHORTEST_CATCH_UP_MS = 10_000;

export async function runScheduleAdd(
  environment: CommandEnvironment,
  options: ScheduleAddOptions,
  [name = '', ...words]: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const settings = await readSettings(io, flags);
  const times = timesOf(options);
  const catchUpMs = options.catchUp ?? CATCH_UP_MS;
  if (catchUpMs < SHORTEST_CATCH_UP_MS) throw usageError('--catch-up must be at least 10s.');
  if (!isScheduleName(name)) {
    throw usageError(`${JSON.stringify(name)} cannot name a schedule: write letters, digits, ".", "_" and "-".`);
  }
  const file = await fileOf(environment, settings, name, options, words);
  const stateDir = settings.target.stateDir ?? upStateDir(io, flags);
  const { storeSchedule, removeSchedule } = lazy.jobs();
  const status = await withClient(settings, io, async ({ schedules }) => {
    storeSchedule(stateDir, file);
    try {
      const { host } = file;
      await schedules.add({ name, host, catchUpMs, pauseOnFailure: options.pauseOnFailure === true, ...times });
    } catch (error) {
      removeSchedule(stateDir, name);
      throw error;
    }
    return schedules.status(name);
  });
  output.document(scheduleDocument(status, file));
  output.answer(scheduleLines(status, file, io.now()).join('\n'));
  return EXIT.done;
}

function timesOf({ every, cron, timezone }: ScheduleAddOptions): ScheduleTimes {
  if ((every === undefined) === (cron === undefined)) throw usageError('Say when: either --every 15m or --cron TIMES.');
  if (every !== undefined && timezone !== undefined) throw usageError('--timezone belongs to --cron.');
  if (cron !== undefined && cron.trim().split(/\s+/).length !== 5) {
    throw usageError('--cron needs five fields: minute, hour, day of the month, month, weekday.');
  }
  return defined({ everyMs: every, cron: cron?.trim(), timezone });
}

async function fileOf(
  { io }: CommandEnvironment,
  settings: Settings,
  name: string,
  options: ScheduleAddOptions,
  words: readonly string[],
): Promise<ScheduleFile> {
  const { origin, options: job } = parseJobWords(words);
  const path = resolve(io.cwd, origin);
  const isFolder = (await statOf(path, 'There is no manifest or directory')).isDirectory();
  const after = absoluteAfter(options.then ?? { do: 'leave' }, io.cwd);
  if (after.do !== 'leave' && !isFolder) throw usageError('--then is for directories: the files of a manifest stay.');
  if (after.do === 'move') await checkMove(path, after.directory);
  const account = accountOf(settings, job.account);
  return {
    type: 'schedule',
    v: 1,
    name,
    host: settings.hostId,
    // Without a name of its own: the same files are then the same job, whichever schedule or person finds them.
    job: {
      ...lineOptions(settings, job),
      account: account.name,
      origin: path,
      ...defined({ fetchTo: job.fetchTo === undefined ? undefined : resolve(io.cwd, job.fetchTo) }),
    },
    skipBad: job.skipBad === true,
    settleMs: options.settle ?? SETTLE_MS,
    after,
    createdAt: new Date(io.now()).toISOString(),
  };
}

/** Options that a person follows with, or that would send files again at every run. */
const NOT_HERE = ['again', 'dryRun', 'detach', 'timeout', 'why'] as const satisfies readonly (keyof JobStartOptions)[];

/** What comes after `--`: read as `ferry job start` reads it. */
function parseJobWords(words: readonly string[]): { readonly origin: string; readonly options: JobStartOptions } {
  const command = new Command('schedule add').exitOverride().configureOutput({ outputError: () => {} });
  command.argument('<origin>').allowExcessArguments(false);
  startCommand.addFlags?.(command);
  command.parse([...words], { from: 'user' });
  const options = command.opts<JobStartOptions>();
  const wrong = NOT_HERE.find((option) => options[option] !== undefined);
  if (wrong !== undefined) {
    throw usageError(
      `--${wrong.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is not an option of a schedule.`,
    );
  }
  if (/\{line\}/.test(options.caption ?? '')) {
    throw usageError(
      'The caption of a schedule cannot have {line}: the number of a file changes with the files beside it.',
    );
  }
  return { origin: command.args[0] ?? '', options };
}

function absoluteAfter(after: AfterSending, cwd: string): AfterSending {
  return after.do === 'move' ? { do: 'move', directory: resolve(cwd, after.directory) } : after;
}

/** A file is moved by a rename, which works only within one file system. */
async function checkMove(from: string, to: string): Promise<void> {
  const there = await stat(to).catch(() => statOf(dirname(to), `Neither ${to} nor its parent exists:`));
  if (to === from || to.startsWith(`${from}/`)) throw usageError(`${to} lies in the directory that is to be sent.`);
  if (there.dev === (await stat(from)).dev) return;
  throw usageError(`${to} is on another file system than ${from}; files can be moved only within one.`);
}

async function statOf(path: string, problem: string): ReturnType<typeof stat> {
  try {
    return await stat(path);
  } catch {
    throw usageError(`${problem} ${path}.`);
  }
}
