import { z } from 'zod';
import { isScheduleName, type LaunchFound, type LaunchInput } from '../../contract';
import { FerryError } from '../../errors';
import { prepareRun, readSchedule, storeManifest, type PreparedJob, type ScheduleFile } from '../../jobs';
import * as bound from '../bounds';
import type { ActivityDeps } from '../deps';
import type { Attempt } from '../edge';
import { runDeps } from './run-deps';

export const launchInput = bound.record<LaunchInput>({ schedule: z.string().refine(isScheduleName) });

/** Short, because the result is stored in history. */
const MOST_REASONS = 10;

/**
 * Reads the directory or the manifest of a schedule, and stores the manifest of a job that sends the new files.
 * SCHEDULE_UNKNOWN; SOURCE_UNREADABLE when the directory cannot be listed; MANIFEST_INVALID.
 */
export async function launch(
  deps: ActivityDeps,
  { schedule: name }: LaunchInput,
  attempt: Attempt<never>,
): Promise<LaunchFound> {
  const { stateDir } = deps.jobs;
  const schedule = readSchedule(stateDir, name);
  const { files, known, unsettled, job } = await prepareRun(schedule, runDeps(deps, attempt));
  const problems = job?.problems ?? [];
  const found = {
    files,
    known,
    unsettled,
    refused: job?.bad ?? 0,
    reasons: problems.slice(0, MOST_REASONS).map(({ error }) => error.message),
    clears: schedule.after.do !== 'leave',
  };
  if (job === null || job.header.lines === 0) return { ...found, job: null };
  refuseBadManifest(schedule, job);
  await storeManifest(stateDir, job);
  return { ...found, job: job.input };
}

/**
 * For a directory, the job leaves bad files out. For a manifest, bad lines are an error, because a person chose all
 * lines.
 */
function refuseBadManifest({ skipBad, job: { origin } }: ScheduleFile, job: PreparedJob): void {
  const { problemCount, problems, isUnreadable } = job;
  const isInJob = isUnreadable || Array.from(job.rows()).some(({ bad }) => bad !== undefined);
  if (!isInJob || (skipBad && !isUnreadable)) return;
  const first = problems[0];
  const where = first === undefined ? '' : ` The first is on line ${first.line}: ${first.error.message}`;
  throw new FerryError('MANIFEST_INVALID', `${origin} has ${problemCount} problems.${where}`);
}
