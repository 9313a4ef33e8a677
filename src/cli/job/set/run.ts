import { steeringJob, type AskedOptions } from '../shared/steer';

export interface JobSetOptions extends AskedOptions {
  readonly lanes: number;
}

export const runJobSet = steeringJob<JobSetOptions>('Changed', (jobs, jobId, { lanes }, asked) =>
  jobs.set(jobId, { ...asked, lanes }),
);
