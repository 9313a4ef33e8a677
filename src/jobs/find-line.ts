import { linePlaceIn } from '../contract/transfer-id';
import { jobDirectory, jobIds } from './job-directory';
import { reportLines } from './report';
import type { FoundLine } from './types';

/**
 * The line with this transfer id, in the jobs of this host. Null when no job here has such a line. Reads the job's
 * manifest up to the line, and its journal.
 *
 * @throws {FerryError} JOB_FILES_UNUSABLE, CONFIG_NOT_TRUSTED
 */
export async function findLine(stateDir: string, transferId: string): Promise<FoundLine | null> {
  const place = linePlaceIn(transferId);
  if (place === null || !jobIds(stateDir).includes(place.jobId)) return null;
  const { jobId, line: number } = place;
  for await (const line of reportLines(jobDirectory(stateDir, jobId), { line: number })) return { jobId, line };
  return null;
}
