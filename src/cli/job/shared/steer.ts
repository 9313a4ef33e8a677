import type { CommandOutcome, FerryClient, JobStatus } from '../../../client/types';
import { askedOf, type Asked } from '../../../contract';
import type { CommandRun } from '../../shared/command';
import { EXIT } from '../../shared/exit-codes';
import { errorOfJob } from '../../shared/output/remedy';
import { readSettings, withClient } from '../../shared/settings';
import { jobDocument } from './document';
import { countsWords } from './words';

type Act<Options> = (
  client: FerryClient['jobs'],
  jobId: string,
  options: Options,
  asked: Asked,
) => Promise<CommandOutcome>;

/** Makes a note about the options; null when there is nothing to note. */
type Hint<Options> = (client: FerryClient, options: Options) => Promise<string | null>;

/**
 * Makes a command that acts on one job, given as its argument.
 *
 * @param done what was done, such as `Paused`
 * @param hint looked up after the command was taken
 */
export function steeringJob<Options extends Asked>(
  done: string,
  act: Act<Options>,
  hint: Hint<Options> = () => Promise.resolve(null),
): CommandRun<Options> {
  return async ({ io, output, flags }, options, [prefix = '']) => {
    const settings = await readSettings(io, flags);
    return withClient(settings, io, async (client) => {
      const { jobs } = client;
      const jobId = await jobs.resolveId(prefix);
      const { taken } = await act(jobs, jobId, options, askedOf(options)).catch((error: unknown) => {
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
