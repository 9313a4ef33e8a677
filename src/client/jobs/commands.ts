import { randomUUID } from 'node:crypto';
import { JOB_COMMAND, type Asked, type JobCommand, type JobCommandName } from '../../contract';
import { FerryError, isFerryError } from '../../errors';
import { defined } from '../../lib/defined';
import { askedBy } from '../asked';
import { cancel, commandOf, send, type Steered } from '../commands';
import type { ClientContext } from '../context';
import { takeJobSnapshot } from '../snapshot';
import type { CommandOutcome } from '../types';
import { aboutJob, closedJob } from './errors';
import { launchJob, nextPass, resultOf } from './start';

type CommandFields = Asked & Pick<JobCommand, 'code' | 'host' | 'lanes'>;

/**
 * The job accepts or refuses an update at once. When no worker answers, a signal with the same meaning is sent instead.
 *
 * @throws {FerryError} USAGE, JOB_UNKNOWN, JOB_CLOSED, COMMAND_IMPOSSIBLE
 */
export async function commandJob(
  context: ClientContext,
  jobId: string,
  name: JobCommandName,
  { code, host, lanes, ...asked }: CommandFields = {},
): Promise<CommandOutcome> {
  const command = commandOf(asked, { code, host, lanes });
  return send(context, await openJob(context, jobId), JOB_COMMAND[name], command);
}

/** A job that has ended begins again with the lines that failed or are parked. */
export async function retryJob(
  context: ClientContext,
  jobId: string,
  { code, ...asked }: Pick<CommandFields, 'code' | 'by' | 'why'> = {},
): Promise<CommandOutcome> {
  try {
    return await commandJob(context, jobId, 'retry', { ...asked, ...defined({ code }) });
  } catch (error) {
    if (!isFerryError(error) || error.code !== 'JOB_CLOSED') throw error;
  }
  const ended = await resultOf(context, jobId);
  if (ended === null) throw closedJob(jobId);
  const { reasons } = ended.view;
  const chosen = reasons.filter((reason) => code === undefined || reason.code === code);
  if (chosen.length === 0) {
    const which = code === undefined ? 'failed or is parked' : `failed or is parked with ${code}`;
    const isCancelled = ended.view.state === 'cancelled';
    const rest = 'The job was cancelled: the same ferry job start goes on with the lines that were not sent.';
    throw new FerryError(
      'COMMAND_IMPOSSIBLE',
      `No line of job ${jobId} ${which}.`,
      isCancelled ? { remedy: rest } : {},
    );
  }
  if (chosen.every(({ refused }) => refused === true)) throw onlyRefused(jobId);
  const begin = nextPass(ended.view, { code: code ?? null });
  if (await launchJob(context, { ...ended.input, ...askedBy(asked), begin }, 'ALLOW_DUPLICATE'))
    return { taken: 'now' };
  // Somebody else has started the job again meanwhile, perhaps with another choice of lines.
  return await commandJob(context, jobId, 'retry', { ...asked, ...defined({ code }) });
}

function onlyRefused(jobId: string): FerryError {
  const message = `Job ${jobId} was started without these lines, because they were refused. A retry does not run them.`;
  const remedy = `ferry job report ${jobId} --state failed says why. Correct that, and start the job again.`;
  return new FerryError('COMMAND_IMPOSSIBLE', message, { remedy });
}

/** Durable at once, also when no worker runs. */
export async function cancelJob(context: ClientContext, jobId: string, asked: Asked = {}): Promise<void> {
  await cancel(context, await openJob(context, jobId), commandOf(asked, {}), randomUUID());
}

async function openJob({ server }: ClientContext, jobId: string): Promise<Steered> {
  const { snapshot } = await aboutJob(jobId, () => takeJobSnapshot(server, jobId));
  if (snapshot.status !== 'running') throw closedJob(jobId);
  return { workflowId: jobId, runId: '', closed: () => closedJob(jobId) };
}
