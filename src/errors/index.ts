import { ERROR_TABLE, type ErrorCode, type ErrorRow } from './table';

export { ERROR_CODES, ERROR_TABLE, isErrorCode, type Disposition, type ErrorCode, type ErrorRow } from './table';

export interface FerryErrorOptions {
  readonly cause?: unknown;
  /** Wait at least this long before the next try, in milliseconds (as a service advised). */
  readonly retryAfterMs?: number;
  /** Facts for the log and for `--json`; never a secret, never a signed URL. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error class of Ferry. Match on `code`, never on the message. The message says what happened and to what;
 * what Ferry does about it and what a person can do stand in the table's row.
 */
export class FerryError extends Error {
  override readonly name = 'FerryError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: FerryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details ?? {};
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
