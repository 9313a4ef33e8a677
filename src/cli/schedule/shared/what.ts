import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import type { AccountConfig } from '../../../config/types';
import type { AfterSending, ScheduleFile } from '../../../jobs/types';
import { defined } from '../../../lib/defined';
import { startCommand } from '../../job/start/command';
import { lineOptions } from '../../job/start/prepare';
import type { JobStartOptions } from '../../job/start/types';
import { lazy } from '../../shared/lazy';
import { usageError } from '../../shared/output/output';
import { accountOf, type Settings } from '../../shared/settings';

/** What a schedule sends. */
export type SentBySchedule = Pick<ScheduleFile, 'job' | 'skipBad'>;

/**
 * Reads what comes after `--`, as `ferry job start` reads it, and checks what can be checked before there are files.
 *
 * @throws {FerryError} USAGE, ACCOUNT_UNKNOWN, CONSUMER_NOT_ALLOWED, PATH_NOT_ALLOWED
 */
export async function sentOf(settings: Settings, cwd: string, words: readonly string[]): Promise<SentBySchedule> {
  const { origin, options: job } = parseJobWords(words);
  const path = resolve(cwd, origin);
  const found = await statOf(path, 'There is no manifest or directory');
  if (!found.isDirectory() && !found.isFile()) throw usageError(`${path} is neither a directory nor a file.`);
  const account = accountOf(settings, job.account);
  if (job.consumer !== undefined) lazy.config().checkConsumerOf(account, job.consumer);
  const fetchTo = job.fetchTo === undefined ? undefined : resolve(cwd, job.fetchTo);
  // The lines of a manifest may name other accounts, so their directories are checked at each run.
  if (found.isDirectory()) {
    await checkSourceOf(account, path, job.recursive === true);
    if (fetchTo !== undefined) await checkTargetOf(account, fetchTo);
  }
  return {
    // The job gets no name of its own, so the same files give the same job in every schedule and for every person.
    job: {
      ...lineOptions(settings, job),
      account: account.name,
      origin: path,
      ...defined({ fetchTo }),
    },
    skipBad: job.skipBad === true,
  };
}

/** Options for following a job, and options that would send files again at every run. */
const NOT_HERE = ['again', 'dryRun', 'detach', 'timeout', 'why'] as const satisfies readonly (keyof JobStartOptions)[];

function parseJobWords(words: readonly string[]): { readonly origin: string; readonly options: JobStartOptions } {
  if (words.includes('--'))
    throw usageError('Write -- once: the directory or manifest and the options of its job follow.');
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
  checkCaption(options.caption ?? '');
  return { origin: command.args[0] ?? '', options };
}

function checkCaption(caption: string): void {
  if (/\{line\}/.test(caption)) {
    throw usageError(
      'The caption of a schedule cannot have {line}: the number of a file changes with the files beside it.',
    );
  }
  const problem = lazy.jobs().problemOfCaption(caption);
  if (problem !== null) throw usageError(problem);
}

/** The settings that decide where sent files may be moved. */
export interface MoveContext {
  readonly settings: Settings;
  readonly cwd: string;
}

/**
 * Returns the action with an absolute directory.
 *
 * @throws {FerryError} USAGE when files cannot be moved there from the origin; PATH_NOT_ALLOWED when the account does
 *   not allow the directory
 */
export async function afterOf(
  then: AfterSending,
  { origin, account }: SentBySchedule['job'],
  { settings, cwd }: MoveContext,
): Promise<AfterSending> {
  if (then.do === 'leave') return then;
  const from = await statOf(origin, 'There is no manifest or directory');
  if (!from.isDirectory()) throw usageError('--then is for directories: the files of a manifest stay.');
  if (then.do !== 'move') return then;
  const directory = resolve(cwd, then.directory);
  await checkMove(from, origin, directory);
  await checkTargetOf(accountOf(settings, account), directory);
  return { do: 'move', directory };
}

/** Refuses now what each run would refuse: every file of the directory. */
async function checkSourceOf({ directories }: AccountConfig, path: string, recursive: boolean): Promise<void> {
  const { checkAllowed } = lazy.files();
  const sources = directories?.sources ?? null;
  try {
    await checkAllowed(path, sources, 'source');
  } catch (error) {
    if (!recursive) throw error;
    // Files of an allowed directory below are sent.
    const below = await Promise.allSettled(sources?.map((source) => checkAllowed(source, [path], 'source')) ?? []);
    if (below.every(({ status }) => status === 'rejected')) throw error;
  }
}

/** The same for a directory that files are moved or fetched to. */
async function checkTargetOf({ directories }: AccountConfig, directory: string): Promise<void> {
  await lazy.files().checkAllowed(directory, directories?.targets ?? null, 'target');
}

/** A file is moved by a rename, which works only within one file system. Links must not lead into the same directory. */
async function checkMove({ dev }: Stats, from: string, to: string): Promise<void> {
  const there = await stat(to).catch(() => null);
  if (there !== null && !there.isDirectory()) throw usageError(`${to} is not a directory.`);
  const nearest = there ?? (await statOf(dirname(to), `Neither ${to} nor its parent exists:`));
  const [realFrom, realTo] = await Promise.all([
    realpath(from),
    there === null ? realpath(dirname(to)).then((parent) => join(parent, basename(to))) : realpath(to),
  ]);
  if (realTo === realFrom || realTo.startsWith(`${realFrom}/`)) {
    throw usageError(`${to} lies in the directory that is to be sent.`);
  }
  if (nearest.dev === dev) return;
  throw usageError(`${to} is on another file system than ${from}; files can be moved only within one.`);
}

async function statOf(path: string, problem: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch {
    throw usageError(`${problem} ${path}.`);
  }
}
