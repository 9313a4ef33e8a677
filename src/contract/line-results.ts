/** Makes rows of the journal, for page activities and the job workflow. */
import type { OpenedAt } from './steps';
import type { DeliveredLine, JobLine, LineResult, LineState, PerhapsSent } from './job';
import type { Receipt, TransferError } from './transfer';

/** The fields of a line that its row contains. */
export type AboutLine = Pick<JobLine, 'line' | 'transferId' | 'source' | 'sizeBytes'>;

/** The row of a line that ended with an error and without a known message. */
export function unsentLine(line: AboutLine, state: LineState, error: TransferError): LineResult {
  return {
    line: line.line,
    state,
    transferId: line.transferId,
    source: line.source,
    conversationId: null,
    sequence: null,
    relativePath: null,
    fileType: null,
    sizeBytes: line.sizeBytes,
    md5: null,
    sha256: null,
    fetchedTo: null,
    error,
    finishedAt: new Date().toISOString(),
  };
}

/**
 * The open publishes of a line, with one more in this conversation.
 *
 * @param settledAt Unix milliseconds; null: the service has finished the publish
 */
export function perhapsSent(
  { line, relativePath, md5 }: DeliveredLine,
  { conversationId, dialogId, lastSequence }: OpenedAt,
  settledAt: number | null,
): readonly PerhapsSent[] {
  const earlier = (line.perhapsSent ?? []).filter((other) => other.relativePath !== relativePath);
  return [
    ...earlier,
    { conversationId, dialogId, lastSequence, relativePath, md5, settledAt: settledAt ?? Date.now() },
  ];
}

/**
 * The row of a line whose message exists.
 *
 * @param state `done`: this line sent the file; `skipped`: it had been sent before
 * @param error the error of a step after the message; null when all steps succeeded
 */
export function sentLine(
  { line, transferId, source }: AboutLine,
  state: 'done' | 'skipped',
  receipt: Receipt,
  error: TransferError | null = null,
): LineResult {
  const { conversationId, sequence, relativePath, fileType, sizeBytes, md5, sha256, fetchedTo, finishedAt } = receipt;
  const file = { relativePath, fileType, sizeBytes, md5, sha256, fetchedTo };
  return { line, state, transferId, source, conversationId, sequence, ...file, error, finishedAt };
}
