import type { CommandOutcome, FerryClient, JobStatus } from '../../../client/types';
import type { Asked } from '../../../contract';
import type { ErrorCode } from '../../../errors';
import { defined } from '../../../lib/defined';
import type { CommandRun } from '../../shared/command';
import { EXIT } from '../../shared/exit-codes';
import { errorOfJob } from '../../shared/output/remedy';
import { safe } from '../../shared/output/text';
import { readSettings, withClient } from '../../shared/settings';
import { jobDocument } from '../shared/document';
import { countsWords } from '../shared/words';

export const runJobPause = steering('Paused', (jobs, jobId, options) => jobs.pause(jobId, options));

export const runJobResume = steering('Resumed', (jobs, jobId, options) => jobs.resume(jobId, options));

export const runJobCancel = steering('Cancelled', async (jobs, jobId, options) => {
  await jobs.cancel(jobId, options);
  return { taken: 'now' };
});

export const runJobRetry = steering<Asked & { readonly reason?: ErrorCode }>(
  'Another pass of',
  (jobs, jobId, { reason, ...asked }) => jobs.retry(jobId, { ...asked, ...defined({ code: reason }) }),
);

export const runJobSet = steering<Asked & { readonly lanes: number }>('Changed', (jobs, jobId, options) =>
  jobs.set(jobId, options),
);

/** The name of a host may be mistyped, or its worker may come later. So the move is taken, with a note. */
export const runJobMove = steering<Asked & { readonly host: string }>(
  'Moved',
  (jobs, jobId, options) => jobs.move(jobId, options),
  async (client, { host }) =>
    (await client.hasWorker(host))
      ? null
      : `No worker serves host ${safe(host)} now. The job waits for one: start ferry worker there, or move the job again.`,
);

type Act<Options> = (client: FerryClient['jobs'], jobId: string, options: Options) => Promise<CommandOutcome>;

/** Makes a note about the options; null when there is nothing to note. */
type Hint<Options> = (client: FerryClient, options: Options) => Promise<string | null>;

/**
 * Makes a command that acts on one job, given as its argument.
 *
 * @param done what was done, such as `Paused`
 * @param hint looked up after the command was taken
 */
function steering<Options extends Asked>(
  done: string,
  act: Act<Options>,
  hint: Hint<Options> = () => Promise.resolve(null),
): CommandRun<Options> {
  return async ({ io, output, flags }, options, [prefix = '']) => {
    const settings = await readSettings(io, flags);
    return withClient(settings, io, async (client) => {
      const { jobs } = client;
      const jobId = await jobs.resolveId(prefix);
      const { taken } = await act(jobs, jobId, options).catch((error: unknown) => {
        throw errorOfJob(error, jobId);
      });
      const status = await jobs.status(jobId);
      output.document(jobDocument(status));
      output.answer(taken === 'now' ? `${done} ${jobId}: ${wordsOf(status)}.` : `Asked for ${jobId}. ${KEPT}`);
      const note = await hint(client, options);
      if (note !== null) output.note(note);
      return EXIT.done;
    });
  };
}

/** For a command that no worker has answered. */
const KEPT = 'Kept by Temporal: it takes effect as soon as a worker serves the job.';

function wordsOf(status: JobStatus): string {
  return status.stale ? 'its state is not known, because no worker answered' : countsWords(status);
}
