import { steeringJob } from '../shared/steer';

export const runJobPause = steeringJob('Paused', (jobs, jobId, _options, asked) => jobs.pause(jobId, asked));
