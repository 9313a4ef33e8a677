import type { ErrorRow } from './row';
import { ERROR_TABLE, type ErrorCode } from './table';

export type { Disposition, ErrorRow } from './row';
export { codesWith, ERROR_CODES, ERROR_TABLE, isErrorCode, type ErrorCode } from './table';

export interface FerryErrorOptions {
  readonly cause?: unknown;
  /** Wait at least this long before the next try, in milliseconds (as a service advised). */
  readonly retryAfterMs?: number;
  /** Facts for the log and for `--json`; never a secret, never a signed URL. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What a person can do, where the row's remedy is too general. An imperative sentence. */
  readonly remedy?: string;
}

/**
 * The one error class of Ferry. Match on `code`, never on the message. The message says what happened and to what,
 * `remedy` what a person can do; the table's row says what Ferry does.
 */
export class FerryError extends Error {
  override readonly name = 'FerryError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options: FerryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details ?? {};
    this.remedy = options.remedy ?? ERROR_TABLE[code].remedy;
  }

  get row(): ErrorRow {
    return ERROR_TABLE[this.code];
  }
}

export function isFerryError(error: unknown): error is FerryError {
  return error instanceof FerryError;
}

/** Gives any thrown value a code: a FerryError stays what it is, everything else is a fault of ours. */
export function toFerryError(error: unknown): FerryError {
  if (error instanceof FerryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new FerryError('INTERNAL', message, { cause: error });
}
