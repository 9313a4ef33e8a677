import { FerryError } from '../../errors';
import type { ClientContext } from '../context';
import { whenKnown } from '../failures';
import { foundSoon, namesOf } from '../resolve-id';
import { takeJobSnapshot } from '../snapshot';
import { looksLikeId } from '../transfer-id';
import { idsBeginningWith } from '../visibility';
import { cancelJob, commandJob, retryJob } from './commands';
import { aboutJob, unknownJob } from './errors';
import { listJobs } from './list';
import { startJob } from './start';
import { jobStatusOf } from './status';
import type { JobClient } from './types';
import { watchJob } from './watch';

export function createJobClient(context: ClientContext): JobClient {
  const { server } = context;
  return {
    start: (input, asked) => startJob(context, input, asked),
    resolveId: (prefix) => resolveJobId(context, prefix),
    status: (jobId) => aboutJob(jobId, async () => jobStatusOf(context, await takeJobSnapshot(server, jobId))),
    list: (filter) => listJobs(context, filter),
    watch: (jobId, options) => watchJob(context, jobId, options),
    cancel: (jobId, asked) => cancelJob(context, jobId, asked),
    pause: (jobId, asked) => commandJob(context, jobId, 'pause', asked),
    resume: (jobId, asked) => commandJob(context, jobId, 'resume', asked),
    retry: (jobId, options) => retryJob(context, jobId, options),
    set: (jobId, options) => commandJob(context, jobId, 'set', options),
    move: (jobId, options) => commandJob(context, jobId, 'move', options),
  };
}

async function resolveJobId({ server }: ClientContext, prefix: string): Promise<string> {
  if (!looksLikeId(prefix)) throw unknownJob(prefix);
  if ((await whenKnown(() => takeJobSnapshot(server, prefix))) !== null) return prefix;
  const found = await foundSoon(() => idsBeginningWith(server, 'jobs', prefix));
  if (found[0] === undefined) throw unknownJob(prefix);
  if (found.length === 1) return found[0];
  throw new FerryError('JOB_AMBIGUOUS', `Several jobs begin with ${prefix}: ${namesOf(found)}.`);
}
