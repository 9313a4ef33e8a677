import { steeringJob } from '../shared/steer';

export const runJobResume = steeringJob('Resumed', (jobs, jobId, _options, asked) => jobs.resume(jobId, asked));
