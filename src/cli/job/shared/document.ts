import type { JobStatus } from '../../../client/types';

/**
 * The status document of a job, which all job commands print with `--json`.
 *
 * `{"type":"job","v":1,"jobId","state","account","host","name","lines","counts","bytesTotal","bytesDone",
 * "filesPerSecond","lanes","startedAt","finishedAt","error", ...}`
 */
export function jobDocument(status: JobStatus): object {
  return { type: 'job', v: 1, ...status };
}
