/** Turns the results of lines into rows of the journal. */
import {
  sentLine,
  unsentLine,
  type AboutLine,
  type DeliveredLine,
  type LineResult,
  type LineSettled,
  type LineState,
  type PageResult,
  type TransferError,
} from '../contract';
import { ERROR_TABLE } from '../errors/table';

/** The state of a line after this error, by the error table: `fail` gives `failed`, everything else `parked`. */
export function stateAfter({ code }: TransferError): 'failed' | 'parked' | 'cancelled' {
  if (code === 'CANCELLED') return 'cancelled';
  return ERROR_TABLE[code].does === 'fail' ? 'failed' : 'parked';
}

/** The result of an uploaded line without a known message. */
export function unpublishedLine(delivered: DeliveredLine, state: LineState, error: TransferError): LineResult {
  const { line, relativePath, fileType, md5, sha256 } = delivered;
  return { ...unsentLine(line, state, error), relativePath, fileType, md5, sha256 };
}

/** The result of a large file, from the report of its transfer. */
export function largeLine(line: AboutLine, { state, receipt, error }: LineSettled): LineResult {
  if (receipt === null) return { ...unsentLine(line, state, { ...LOST, ...error }), error };
  // The line is done when its message exists, even if a later step failed.
  return sentLine(line, receipt.repeated ? 'skipped' : 'done', receipt, error);
}

const LOST: TransferError = { code: 'INTERNAL', message: '', remedy: '' };

export function countIn(pages: readonly PageResult[]): Record<LineState, number> {
  const counts = { done: 0, failed: 0, parked: 0, skipped: 0, cancelled: 0 };
  for (const { results } of pages) for (const { state } of results) counts[state] += 1;
  return counts;
}
