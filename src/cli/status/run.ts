import type { FerryClient, TransferStatus } from '../../client/types';
import { FerryError, isFerryError } from '../../errors';
import { describeJob } from '../job/shared/describe';
import { jobDocument } from '../job/shared/document';
import type { CommandEnvironment } from '../shared/command';
import { statusDocument } from '../shared/output/documents';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { ledgerWords, receiptInLedger, statusByReceipt } from '../shared/from-ledger';
import { lazy } from '../shared/lazy';
import { readSettings, withClient, type Settings } from '../shared/settings';
import { describeTransfer } from './describe';
import { tellHealth } from './health';
import { describeLine, lineDocument } from './line';

export async function runStatus(
  environment: CommandEnvironment,
  _options: object,
  [id]: readonly string[],
): Promise<ExitCode> {
  const { io, flags } = environment;
  const settings = await readSettings(io, flags);
  return withClient(settings, io, async (client) => {
    if (id === undefined) return tellHealth(environment, client, settings);
    try {
      tellTransfer(environment, settings, await client.find(id));
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'TRANSFER_UNKNOWN') throw error;
      if (await tellLine(environment, settings, id)) return EXIT.done;
      // Before the jobs: their search waits a moment for an id that it does not find.
      if (!(await tellSent(environment, settings, id))) await tellJob(environment, client, id, error);
    }
    return EXIT.done;
  });
}

function tellTransfer({ io, output }: CommandEnvironment, { up, target }: Settings, status: TransferStatus): void {
  output.document(statusDocument(status));
  const uiUrl =
    up === null
      ? null
      : `${up.uiUrl}/namespaces/${target.namespace}/workflows/${encodeURIComponent(status.transferId)}`;
  output.answer(describeTransfer(status, { nowMs: io.now(), uiUrl, style: output.out }).join('\n'));
}

/** The journal of this host answers for a line of a job, which has no workflow. False when it knows no such line. */
async function tellLine({ io, output }: CommandEnvironment, { stateDir }: Settings, id: string): Promise<boolean> {
  const found = await lazy.jobs().findLine(stateDir, id);
  if (found === null) return false;
  output.document(lineDocument(found));
  output.answer(describeLine(found, io.now(), output.out).join('\n'));
  return true;
}

/** The ledger of this host knows what was sent for longer than Temporal. False when it has no such transfer. */
async function tellSent({ io, output }: CommandEnvironment, settings: Settings, id: string): Promise<boolean> {
  const receipt = await receiptInLedger(settings, id);
  if (receipt === null) return false;
  const status = statusByReceipt(receipt);
  output.document(statusDocument(status));
  const note = ledgerWords(settings);
  output.answer(describeTransfer(status, { nowMs: io.now(), uiUrl: null, style: output.out, note }).join('\n'));
  return true;
}

/** @throws {FerryError} TRANSFER_UNKNOWN when no job has the id either */
async function tellJob(
  { io, output, flags }: CommandEnvironment,
  { jobs }: FerryClient,
  prefix: string,
  unknown: FerryError,
): Promise<void> {
  const jobId = await jobs.resolveId(prefix).catch((error: unknown) => {
    if (!isFerryError(error) || error.code !== 'JOB_UNKNOWN') throw error;
    if (prefix === '' || unknown.details['jobId'] !== undefined) throw unknown;
    const message = `No transfer and no job has the id ${prefix}, or its history is no longer kept.`;
    throw new FerryError('TRANSFER_UNKNOWN', message);
  });
  const job = await jobs.status(jobId);
  output.document(jobDocument(job));
  output.answer(describeJob(job, flags, io.now(), output.out).join('\n'));
}
