import { FerryError, isFerryError } from '../../errors';

/**
 * Runs calls about a job. When Temporal does not know the workflow, the error is JOB_UNKNOWN and not TRANSFER_UNKNOWN.
 */
export async function aboutJob<T>(jobId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isFerryError(error) && error.code === 'TRANSFER_UNKNOWN') throw unknownJob(jobId);
    throw error;
  }
}

export function unknownJob(jobId: string): FerryError {
  if (jobId === '') return new FerryError('JOB_UNKNOWN', 'The given id is empty.');
  return new FerryError('JOB_UNKNOWN', `No job has the id ${jobId}, or its history is no longer kept.`);
}

export function closedJob(jobId: string): FerryError {
  return new FerryError('JOB_CLOSED', `The job ${jobId} has ended already.`);
}
