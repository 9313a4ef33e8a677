import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FerryError } from '../errors';
import { makeDirectory } from '../lib/make-directory';
import { problemOfPath } from '../lib/own-path';
import { hasSystemCode } from '../lib/system-code';

export const MANIFEST_FILE = 'manifest.jsonl';
export const JOURNAL_FILE = 'journal.jsonl';

/** An id of a job becomes the name of a directory. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** `STATE/jobs/JOB`. @throws {FerryError} JOB_UNKNOWN for what cannot be an id */
export function jobDirectory(stateDir: string, jobId: string): string {
  if (!ID.test(jobId)) throw unknownJob(stateDir, jobId);
  return join(stateDir, 'jobs', jobId);
}

/** Makes the directory, for its owner alone. @throws {FerryError} CONFIG_NOT_TRUSTED when others may write there */
export function makeJobDirectory(stateDir: string, jobId: string): string {
  const directory = jobDirectory(stateDir, jobId);
  makeDirectory(directory);
  checkJobDirectory(directory);
  return directory;
}

/** @throws {FerryError} CONFIG_NOT_TRUSTED when another user may have written what lies there */
export function checkJobDirectory(directory: string): void {
  for (const path of [dirname(directory), directory]) checkOwn(path, 'directory');
}

/** @throws {FerryError} CONFIG_NOT_TRUSTED */
export function checkOwn(path: string, kind: 'file' | 'directory'): void {
  const problem = problemOfPath(path, kind);
  if (problem === null) return;
  throw new FerryError('CONFIG_NOT_TRUSTED', `${path} is not used: it ${problem}.`, { details: { path } });
}

/** The ids of all jobs of this host. */
export function jobIds(stateDir: string): readonly string[] {
  try {
    return readdirSync(join(stateDir, 'jobs')).filter((name) => ID.test(name));
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** The job of this host with this id, or with an id that begins so. JOB_UNKNOWN, JOB_AMBIGUOUS. */
export function findJob(stateDir: string, prefix: string): string {
  const ids = jobIds(stateDir);
  if (ids.includes(prefix)) return prefix;
  const found = prefix === '' ? [] : ids.filter((id) => id.startsWith(prefix));
  const [only] = found;
  if (only === undefined) throw unknownJob(stateDir, prefix);
  if (found.length === 1) return only;
  const named = found.slice(0, 5).join(', ');
  throw new FerryError(
    'JOB_AMBIGUOUS',
    `Several jobs begin with ${prefix}: ${named}${found.length > 5 ? ' and more' : ''}.`,
  );
}

function unknownJob(stateDir: string, id: string): FerryError {
  return new FerryError('JOB_UNKNOWN', `There is no job ${JSON.stringify(id)} in ${join(stateDir, 'jobs')}.`);
}
