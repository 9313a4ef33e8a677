import { steeringJob } from '../shared/steer';

export const runJobCancel = steeringJob('Cancelled', async (jobs, jobId, _options, asked) => {
  await jobs.cancel(jobId, asked);
  return { taken: 'now' };
});
