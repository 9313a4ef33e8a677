import type { ErrorCode } from '../../../errors';
import { defined } from '../../../lib/defined';
import type { Asked } from '../../../contract';
import { steeringJob } from '../shared/steer';

export interface JobRetryOptions extends Asked {
  readonly reason?: ErrorCode;
}

export const runJobRetry = steeringJob<JobRetryOptions>('Another pass of', (jobs, jobId, { reason }, asked) =>
  jobs.retry(jobId, { ...asked, ...defined({ code: reason }) }),
);
