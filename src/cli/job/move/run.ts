import { safe } from '../../shared/output/text';
import type { Asked } from '../../../contract';
import { steeringJob } from '../shared/steer';

export interface JobMoveOptions extends Asked {
  readonly host: string;
}

/** The name of a host may be mistyped, or its worker may come later. So the move is taken, with a note. */
export const runJobMove = steeringJob<JobMoveOptions>(
  'Moved',
  (jobs, jobId, { host }, asked) => jobs.move(jobId, { ...asked, host }),
  async (client, { host }) =>
    (await client.hasWorker(host))
      ? null
      : `No worker serves host ${safe(host)} now. The job waits for one: start ferry worker there, or move the job again.`,
);
