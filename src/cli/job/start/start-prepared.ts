import type { FerryClient } from '../../../client/types';
import { askedOf } from '../../../contract';
import type { PreparedJob } from '../../../jobs/types';
import { defined } from '../../../lib/defined';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, worstExit, type ExitCode } from '../../shared/exit-codes';
import { lazy } from '../../shared/lazy';
import { count } from '../../shared/output/text';
import { jobDocument } from '../shared/document';
import { exitOfJob, followJob } from '../shared/follow';
import type { JobStartOptions } from './types';

export interface StartOrder {
  readonly stateDir: string;
  readonly job: PreparedJob;
  readonly options: JobStartOptions;
  /** When the command began, in milliseconds since the epoch. */
  readonly startedMs: number;
}

/**
 * Keeps the manifest, starts the job or attaches to it, and follows it; with `--detach` it prints one status and
 * leaves.
 */
export async function startPrepared(
  environment: CommandEnvironment,
  client: FerryClient,
  { stateDir, job, options, startedMs }: StartOrder,
): Promise<ExitCode> {
  const { output } = environment;
  const { timeout, detach } = options;
  await lazy.jobs().storeManifest(stateDir, job);
  const { input } = job;
  const started = await client.jobs.start(input, askedOf(options));
  const { jobId, repeated, resumed } = started;
  if (repeated) for (const note of attachedWords(jobId)) output.note(note);
  else
    output.note(`Job ${jobId}${resumed === true ? ' was cancelled, and goes on' : ''}: ${count(input.lines, 'file')}.`);
  if ((repeated || resumed === true) && options.lanes !== undefined) {
    output.note(`The job keeps its lanes; to change them: ferry job set ${jobId} --lanes ${options.lanes}`);
  }
  if (detach !== true) {
    return followJob(environment, client, jobId, { printEvents: false, startedMs, ...defined({ timeout }) });
  }
  const status = await client.jobs.status(jobId);
  output.document(jobDocument(status));
  const hasEnded = status.finishedAt !== null;
  const before = hasEnded ? 'ended already' : 'under way already';
  output.answer(`${repeated ? before : 'started'}  ${jobId}`);
  return worstExit([hasEnded ? exitOfJob(status) : EXIT.done]);
}

/** A job knows its files by name, size and time, so it does not notice a file that was rewritten with both restored. */
function attachedWords(jobId: string): readonly string[] {
  return [
    `Job ${jobId} was started before with these files (by name, size and time); this command attaches to it.`,
    'A file that was rewritten since with the same size and time: touch it and start again. All files again: --again.',
  ];
}
