/** Rows of the journal, as page activities and the job workflow make them. */
import type { JobLine, LineResult, LineState } from './job';
import type { Receipt, TransferError } from './transfer';

/** What of a line goes into its row. */
export type AboutLine = Pick<JobLine, 'line' | 'transferId' | 'source' | 'sizeBytes'>;

/** A line that ended with an error and, as far as is known, without a message. */
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
 * A line whose message is there.
 *
 * @param state `done`: this line sent the file; `skipped`: it had been sent before
 * @param error what failed after the message
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
