/** One run of a schedule: which files are new and complete, and the job that sends them. */
import { mapInLanes } from '../lib/lanes';
import { pause } from '../lib/pause';
import { isDirectory } from './manifest-text';
import { prepareJob } from './prepare';
import { isSameRow, isUnchanged, lookAt, surveyDirectory, type FoundFile } from './survey';
import type { JobAccount, PreparedJob, ScheduleFile, SentUnder } from './types';

const LANES = 16;

export interface RunDeps {
  readonly accountOf: (name: string) => JobAccount;
  readonly sentUnder: SentUnder;
  readonly signal?: AbortSignal;
}

export interface PreparedRun {
  readonly files: number;
  readonly known: number;
  readonly unsettled: number;
  /** Null when there is nothing to send. */
  readonly job: PreparedJob | null;
}

/** Throws the errors of `prepareJob`. */
export async function prepareRun(schedule: ScheduleFile, deps: RunDeps): Promise<PreparedRun> {
  const { job, host } = schedule;
  const { accountOf, signal } = deps;
  const common = { ...job, host, accountOf, cwd: '/', ...(signal === undefined ? {} : { signal }) };
  if (!(await isDirectory(job.origin))) return runOfManifest(schedule, common);
  const sent: FoundFile[] = [];
  const options = { ...deps, job: { ...job, host }, account: accountOf(job.account) };
  const survey = await surveyDirectory({ ...options, onSent: (file) => sent.push(file) });
  const { known, unknown } = survey;
  const settled = await settledOf(unknown, schedule.settleMs, signal);
  const found = { files: known + unknown.size, known, unsettled: unknown.size - settled.size };
  if (settled.size === 0) return { ...found, job: null };
  const paths = new Set(Array.from(settled.values(), ({ path }) => path));
  const prepared = await prepareJob({
    ...common,
    only: (path) => paths.has(path),
    ...versionOf(sent.filter(({ source }) => settled.has(source))),
    // A refused file would be refused again at every run. So it is reported and does not become a line of a job.
    accepts: ({ bad, ...row }) => bad === undefined && isSame(settled.get(row.source), row),
  });
  const changed = Math.max(0, settled.size - prepared.good - prepared.bad);
  return { ...found, unsettled: found.unsettled + changed, job: prepared };
}

/**
 * Files that were sent and have changed since, although their sizes and times are the same. Without a version, their job
 * would be the job that sent them before, and would not run.
 */
function versionOf(changed: readonly FoundFile[]): Pick<Parameters<typeof prepareJob>[0], 'version'> {
  if (changed.length === 0) return {};
  return { version: JSON.stringify(changed.map(({ source, ctimeMs }) => `${source} ${ctimeMs}`).toSorted()) };
}

function isSame(file: FoundFile | undefined, row: Parameters<typeof isSameRow>[1]): boolean {
  return file !== undefined && isSameRow(file, row);
}

async function runOfManifest(
  { job, settleMs }: ScheduleFile,
  options: Parameters<typeof prepareJob>[0],
): Promise<PreparedRun> {
  const before = await lookAt(job.origin);
  const settled = await settledOf(new Map(before === null ? [] : [[job.origin, before]]), settleMs, options.signal);
  if (settled.size === 0) return { files: 1, known: 0, unsettled: 1, job: null };
  const prepared = await prepareJob(options);
  return { files: prepared.good + prepared.bad, known: 0, unsettled: 0, job: prepared };
}

/**
 * The files that do not change between two looks. Their times alone do not prove this: the clock of a file server may
 * be wrong, and copy programs restore old times.
 */
async function settledOf(
  files: ReadonlyMap<string, FoundFile>,
  settleMs: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, FoundFile>> {
  if (files.size === 0) return files;
  await pause(settleMs, signal);
  signal?.throwIfAborted();
  const looked = await mapInLanes([...files], LANES, async ([source, file]) => {
    const isSettled = isUnchanged(file, await lookAt(file.path));
    return isSettled ? [[source, file] as const] : [];
  });
  return new Map(looked.flat());
}
