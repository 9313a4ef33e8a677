/**
 * Moves or deletes files that were sent. A file is put aside under another name first and looked at there: a writer that has
 * replaced it meanwhile has given its name to another file, which stays.
 */
import { link, mkdir, readdir, rename, unlink } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, dirname, extname, join } from 'node:path';
import { FerryError, toFerryError } from '../errors';
import { checkAllowed } from '../files';
import { md5Of } from '../lib/file-digest';
import { wholeMs } from '../lib/same-file';
import { syncDirectory } from '../lib/sync-directory';
import { hasSystemCode, systemCode } from '../lib/system-code';
import { lookAt, surveyDirectory, type FoundFile, type SentBefore } from './survey';
import type { RunDeps } from './prepare-run';
import type { JobAccount, ScheduleFile, AfterSending } from './types';

/** Names that are tried in the other directory, where a file of the same name lies already. */
const MOST_NAMES = 1000;

export interface Cleared {
  readonly cleared: number;
  readonly left: number;
  readonly problems: readonly string[];
}

/** Clears what the ledger has receipts of. Errors as a listing of the directory. */
export async function clearSent(schedule: ScheduleFile, deps: RunDeps): Promise<Cleared> {
  const account = deps.accountOf(schedule.job.account);
  const { job, host, after } = schedule;
  const problems = [...(await finishAside(schedule))];
  const sent: SentBefore[] = [];
  await surveyDirectory({ ...deps, job: { ...job, host }, account, onSent: (file) => sent.push(file) });
  let cleared = 0;
  for (const file of sent) {
    deps.signal?.throwIfAborted();
    const problem = await clearOne(file, after, account);
    if (problem === null) cleared += 1;
    else problems.push(problem);
  }
  return { cleared, left: problems.length, problems };
}

/** Null, or why the file stays. */
async function clearOne(file: SentBefore, after: AfterSending, account: JobAccount): Promise<string | null> {
  try {
    await checkAllowed(file.source, account.sources, 'source');
    if (file.path !== file.source) return `${file.path} is a link, and stays.`;
    if (!(await isWhatWasSent(file))) return `${file.path} was changed after it was sent, and stays.`;
    const aside = asideOf(file, after);
    if (after.do === 'move') {
      await checkAllowed(aside, account.targets, 'target');
      await mkdir(after.directory, { recursive: true, mode: 0o700 });
    }
    await rename(file.path, aside);
    const now = await lookAt(aside);
    if (now === null || !isTheSame(file, now)) {
      await giveBack(aside, file.path);
      return `${file.path} was replaced at this moment, and stays.`;
    }
    if (after.do === 'move') await place(aside, after.directory, basename(file.path));
    else await unlink(aside);
    await syncDirectory(dirname(file.path));
    return null;
  } catch (error) {
    return reasonOf(error, file.path);
  }
}

/** The receipt is later than every change of the file, or has the digest of its content. */
async function isWhatWasSent(file: SentBefore): Promise<boolean> {
  const now = await lookAt(file.path);
  if (now === null || !isTheSame(file, now)) return false;
  if (file.sent.some(({ finishedAt }) => now.ctimeMs <= Date.parse(finishedAt))) return true;
  const md5 = await md5Of(file.path);
  const again = await lookAt(file.path);
  return again !== null && again.ctimeMs === now.ctimeMs && file.sent.some((receipt) => receipt.md5 === md5);
}

/** A rename changes ctime, so it says nothing here. */
function isTheSame(file: FoundFile, now: FoundFile): boolean {
  return now.inode === file.inode && now.sizeBytes === file.sizeBytes && wholeMs(now.mtimeMs) === wholeMs(file.mtimeMs);
}

const ASIDE = '.ferry-sent-';
const MARK_CHARACTERS = 12;

/** A hidden name, which no run of a schedule takes. It says which file was put aside, and what it was called. */
function asideOf(file: FoundFile, after: AfterSending): string {
  const directory = after.do === 'move' ? after.directory : dirname(file.path);
  return join(directory, `${ASIDE}${markOf(file)}-${basename(file.path)}`);
}

function markOf({ inode, sizeBytes, mtimeMs }: FoundFile): string {
  const text = JSON.stringify([inode, sizeBytes, wholeMs(mtimeMs)]);
  return createHash('sha256').update(text).digest('hex').slice(0, MARK_CHARACTERS);
}

/** Finishes what an attempt that was killed has put aside. Returns why something could not be finished. */
async function finishAside({ job, after }: ScheduleFile): Promise<readonly string[]> {
  const directory = after.do === 'move' ? after.directory : job.origin;
  const isDeep = after.do === 'delete' && job.recursive === true;
  const names = await readdir(directory, { recursive: isDeep }).catch(() => []);
  const problems: string[] = [];
  for (const name of names.filter((each) => basename(each).startsWith(ASIDE))) {
    const path = join(directory, name);
    await finishOne(path, after).catch((error: unknown) => problems.push(reasonOf(error, path)));
  }
  return problems;
}

async function finishOne(path: string, after: AfterSending): Promise<void> {
  const [, mark, original = ''] = new RegExp(`^${ASIDE}(.{${MARK_CHARACTERS}})-(.+)$`, 's').exec(basename(path)) ?? [];
  const file = await lookAt(path);
  if (file === null || original === '') return;
  if (mark !== markOf(file)) {
    // It was not compared yet, and is not the file that was sent.
    if (after.do === 'delete') await giveBack(path, join(dirname(path), original));
  } else if (after.do === 'move') await place(path, after.directory, original);
  else await unlink(path);
}

/** Without taking the place of a file that has come meanwhile. */
async function giveBack(aside: string, path: string): Promise<void> {
  await link(aside, path);
  await unlink(aside);
}

/** Gives the file its name in the other directory, with a number where the name is taken. */
async function place(aside: string, directory: string, name: string): Promise<void> {
  const ending = extname(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let number = 1; number <= MOST_NAMES; number += 1) {
    const target = join(directory, number === 1 ? name : `${stem}-${number}${ending}`);
    try {
      await link(aside, target);
      await unlink(aside);
      await syncDirectory(directory);
      return;
    } catch (error) {
      if (!hasSystemCode(error, 'EEXIST')) throw error;
    }
  }
  throw new FerryError('TARGET_EXISTS', `${directory} has ${MOST_NAMES} files of the name ${name}.`);
}

function reasonOf(error: unknown, path: string): string {
  const code = systemCode(error);
  if (code === 'EXDEV') return `${path} stays: the other directory is on another file system.`;
  if (error instanceof FerryError) return `${path} stays: ${error.message}`;
  return `${path} stays: ${code ?? toFerryError(error).message}.`;
}
