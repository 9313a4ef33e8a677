import type { Asked } from '../../../contract';
import { steeringJob } from '../shared/steer';

export interface JobSetOptions extends Asked {
  readonly lanes: number;
}

export const runJobSet = steeringJob<JobSetOptions>('Changed', (jobs, jobId, { lanes }, asked) =>
  jobs.set(jobId, { ...asked, lanes }),
);
