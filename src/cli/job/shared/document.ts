import type { JobStatus } from '../../../client/types';

/**
 * One status of a job: what `start`, `status`, `watch`, `list` and the commands print with `--json`.
 *
 * `{"type":"job","v":1,"jobId","state","account","host","name","lines","counts","bytesTotal","bytesDone",
 * "filesPerSecond","lanes","startedAt","finishedAt","error", ...}`
 */
export function jobDocument(status: JobStatus): object {
  return { type: 'job', v: 1, ...status };
}
