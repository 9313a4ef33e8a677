/**
 * Moves or deletes files that were sent. A file is first renamed to a hidden name and then compared again. If a writer
 * has replaced the file in between, the renamed file is not the sent file and gets its name back.
 */
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkAllowed } from '../files';
import { md5Of } from '../lib/file-digest';
import { wholeMs } from '../lib/same-file';
import { asideIn, clearAside, finishAside, giveBack, putAside, type Aside } from './put-aside';
import { isUnchanged, isUnchangedSince, lookAt, surveyDirectory, type FoundFile, type SentBefore } from './survey';
import { whyItStays } from './why-it-stays';
import type { RunDeps } from './prepare-run';
import type { JobAccount, ScheduleFile, AfterSending } from './types';

export interface Cleared {
  readonly cleared: number;
  readonly left: number;
  readonly problems: readonly string[];
}

/** Clears the files that have a receipt in the ledger. Throws the errors of listing the directory. */
export async function clearSent(schedule: ScheduleFile, deps: RunDeps): Promise<Cleared> {
  const account = deps.accountOf(schedule.job.account);
  const { job, host, after } = schedule;
  const problems = await finishKilled(schedule);
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

/** Clears one file. Returns null, or the reason why the file stays. */
async function clearOne(file: SentBefore, after: AfterSending, account: JobAccount): Promise<string | null> {
  try {
    await checkAllowed(file.source, account.sources, 'source');
    if (file.path !== file.source) return `${file.path} is a link, and stays.`;
    if (!(await isWhatWasSent(file))) return `${file.path} was changed after it was sent, and stays.`;
    if (after.do === 'move') {
      await checkAllowed(join(after.directory, basename(file.path)), account.targets, 'target');
      await mkdir(after.directory, { recursive: true, mode: 0o700 });
      await checkPlace(after.directory, file.path);
    }
    const aside = await putAside(file);
    const now = await lookAt(aside.path);
    if (now === null || !isTheSame(file, now)) {
      await giveBack(aside);
      return `${file.path} was replaced at this moment, and stays.`;
    }
    await clearOrGiveBack(aside, after);
    return null;
  } catch (error) {
    return whyItStays(error, file.path);
  }
}

/**
 * Throws when files cannot be moved into the directory. A rename that is taken back changes the ctime of the file, so
 * that the next run would compare its content in another job.
 */
async function checkPlace(directory: string, path: string): Promise<void> {
  await access(directory, constants.W_OK | constants.X_OK);
  const [there, here] = await Promise.all([stat(directory), stat(dirname(path))]);
  if (there.dev !== here.dev) throw Object.assign(new Error('another file system'), { code: 'EXDEV' });
}

/** True when nothing changed the file since a transfer began to read it, or a receipt has the digest of its content. */
async function isWhatWasSent(file: SentBefore): Promise<boolean> {
  const now = await lookAt(file.path);
  if (now === null || !isTheSame(file, now)) return false;
  if (isUnchangedSince(file.sent, now)) return true;
  const md5 = await md5Of(file.path);
  const again = await lookAt(file.path);
  return isUnchanged(now, again) && file.sent.some((receipt) => receipt.md5 === md5);
}

/** Does not compare ctime, because the rename has changed it. */
function isTheSame(file: FoundFile, now: FoundFile): boolean {
  return now.inode === file.inode && now.sizeBytes === file.sizeBytes && wholeMs(now.mtimeMs) === wholeMs(file.mtimeMs);
}

/** When the file cannot be moved or deleted, it gets its name back, because it must not stay hidden. */
async function clearOrGiveBack(aside: Aside, after: AfterSending): Promise<void> {
  try {
    await clearAside(aside, after);
  } catch (error) {
    await giveBack(aside);
    throw error;
  }
}

/**
 * Finishes the files that a killed attempt has put aside. Returns a reason for each file that could not be finished.
 */
async function finishKilled({ job, after }: ScheduleFile): Promise<string[]> {
  const problems: string[] = [];
  for (const aside of await asideIn(job.origin, job.recursive === true)) {
    await finishAside(aside, after).catch((error: unknown) => problems.push(whyItStays(error, aside.path)));
  }
  return problems;
}
