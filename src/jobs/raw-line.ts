import type { TransferError } from '../contract';
import { FerryError, type ErrorCode } from '../errors';
import type { LineProblem } from './types';

export const COLUMNS = ['source', 'account', 'consumer', 'conversation', 'caption', 'fetchTo'] as const;
export type Column = (typeof COLUMNS)[number];

/** A field that is not empty. */
export interface RawField {
  readonly text: string;
  /** See {@link LineProblem.column}. */
  readonly column: number | null;
}

/** A line as a manifest or a directory has it. */
export interface RawLine {
  readonly line: number;
  readonly fields: Partial<Readonly<Record<Column, RawField>>>;
  /** What is wrong with the form of the line. */
  readonly problems: readonly LineProblem[];
}

export function isColumn(name: string): name is Column {
  return (COLUMNS as readonly string[]).includes(name);
}

export function errorOf(code: ErrorCode, message: string): TransferError {
  return errorData(new FerryError(code, message));
}

export function errorData({ code, message, remedy }: FerryError): TransferError {
  return { code, message, remedy };
}

/** A problem with the form of a line. */
export function formProblem(
  line: number,
  message: string,
  at: Partial<Pick<LineProblem, 'column' | 'field' | 'source'>> = {},
): LineProblem {
  return { line, column: null, field: null, source: null, ...at, error: errorOf('MANIFEST_INVALID', message) };
}

/** The manifest cannot be read beyond this problem, so no line of the manifest may be sent. */
export class UnreadableManifest extends Error {
  readonly problem: LineProblem;

  constructor(problem: LineProblem) {
    super(problem.error.message);
    this.problem = problem;
  }
}

export function unreadable(...problem: Parameters<typeof formProblem>): UnreadableManifest {
  return new UnreadableManifest(formProblem(...problem));
}
