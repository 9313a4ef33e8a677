import type { FerryClient, TransferStatus } from '../../client/types';
import { FerryError, isFerryError } from '../../errors';
import { describeJob } from '../job/shared/describe';
import { jobDocument } from '../job/shared/document';
import type { CommandEnvironment } from '../shared/command';
import { statusDocument } from '../shared/output/documents';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { readSettings, withClient } from '../shared/settings';
import { describeTransfer } from './describe';
import { tellHealth } from './health';

export async function runStatus(
  environment: CommandEnvironment,
  _options: object,
  words: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const settings = await readSettings(io, flags);
  return withClient(settings, io, async (client) => {
    const [prefix] = words;
    if (prefix === undefined) return tellHealth(environment, client, settings);
    const status = await findOrNull(client, prefix);
    if (status === null) return tellJob(environment, client, prefix);
    output.document(statusDocument(status));
    const { namespace } = settings.target;
    const ui =
      settings.up === null
        ? null
        : `${settings.up.uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(status.transferId)}`;
    const lines = describeTransfer(status, { nowMs: io.now(), uiUrl: ui, style: output.out });
    output.answer(lines.join('\n'));
    return EXIT.done;
  });
}

async function findOrNull(client: FerryClient, prefix: string): Promise<TransferStatus | null> {
  try {
    return await client.find(prefix);
  } catch (error) {
    if (isFerryError(error) && error.code === 'TRANSFER_UNKNOWN') return null;
    throw error;
  }
}

/** @throws {FerryError} TRANSFER_UNKNOWN when no job has the id either */
async function tellJob(
  { io, output, flags }: CommandEnvironment,
  { jobs }: FerryClient,
  prefix: string,
): Promise<ExitCode> {
  const jobId = await jobs.resolveId(prefix).catch((error: unknown) => {
    if (!isFerryError(error) || error.code !== 'JOB_UNKNOWN') throw error;
    const message =
      prefix === ''
        ? 'The given id is empty.'
        : `No transfer and no job has the id ${prefix}, or its history is no longer kept.`;
    throw new FerryError('TRANSFER_UNKNOWN', message);
  });
  const job = await jobs.status(jobId);
  output.document(jobDocument(job));
  output.answer(describeJob(job, flags, io.now(), output.out).join('\n'));
  return EXIT.done;
}
