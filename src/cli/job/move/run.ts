import { steeringJob, type AskedOptions } from '../shared/steer';

export interface JobMoveOptions extends AskedOptions {
  readonly host: string;
}

export const runJobMove = steeringJob<JobMoveOptions>('Moved', (jobs, jobId, { host }, asked) =>
  jobs.move(jobId, { ...asked, host }),
);
