/** What becomes of lines, as rows of the journal. */
import type {
  DeliveredLine,
  JobLine,
  LineResult,
  LineSettled,
  LineState,
  PageResult,
  TransferError,
} from '../contract';
import { ERROR_TABLE } from '../errors/table';

/** What the table says of a line that ended with the error: only `fail` is for good. */
export function stateAfter({ code }: TransferError): 'failed' | 'parked' | 'cancelled' {
  if (code === 'CANCELLED') return 'cancelled';
  return ERROR_TABLE[code].does === 'fail' ? 'failed' : 'parked';
}

/** What of a line goes into its row. */
type AboutLine = Pick<JobLine, 'line' | 'transferId' | 'source' | 'sizeBytes'>;

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

/** A line that is in storage and whose publish had no effect. */
export function unpublishedLine(delivered: DeliveredLine, state: LineState, error: TransferError): LineResult {
  const { line, relativePath, fileType, md5, sha256 } = delivered;
  return { ...unsentLine(line, state, error), relativePath, fileType, md5, sha256 };
}

/** A large file, as its transfer tells. */
export function largeLine(line: AboutLine, { state, receipt, error }: LineSettled): LineResult {
  if (receipt === null) return { ...unsentLine(line, state, { ...LOST, ...error }), error };
  const { conversationId, sequence, relativePath, fileType, sizeBytes, md5, sha256, fetchedTo, finishedAt } = receipt;
  const sent = { conversationId, sequence, relativePath, fileType, sizeBytes, md5, sha256, fetchedTo, finishedAt };
  // A message that is there makes the line done, whatever failed afterwards.
  return { ...unsentLine(line, state, LOST), ...sent, state: receipt.repeated ? 'skipped' : 'done', error };
}

const LOST: TransferError = { code: 'INTERNAL', message: '', remedy: '' };

export function countIn(pages: readonly PageResult[]): Record<LineState, number> {
  const counts = { done: 0, failed: 0, parked: 0, skipped: 0, cancelled: 0 };
  for (const { results } of pages) for (const { state } of results) counts[state] += 1;
  return counts;
}
