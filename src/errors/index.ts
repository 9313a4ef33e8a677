import type { ErrorRow } from './row';
import { ERROR_TABLE, type ErrorCode } from './table';

export type { Disposition, ErrorRow } from './row';
export { lineRemedy } from './line-remedy';
export { codesWith, ERROR_CODES, ERROR_TABLE, isErrorCode, type ErrorCode } from './table';

export interface FerryErrorOptions {
  readonly cause?: unknown;
  /** Wait at least this long before the next try, in milliseconds (as a service advised). */
  readonly retryAfterMs?: number;
  /** Facts for the log and for `--json`; never a secret, never a signed URL. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The action for a person, as an imperative sentence. Set it when the remedy of the row is too general. */
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

/** EMFILE: of the process; ENFILE: of the machine. */
const NO_MORE_FILES: readonly unknown[] = ['EMFILE', 'ENFILE'];

/**
 * The FerryError for an error whose meaning does not depend on the operation, such as a limit of open files, which is
 * not about the file. Null for all other errors, whose meaning the caller decides.
 */
export function failureAnywhere(error: unknown): FerryError | null {
  if (error instanceof FerryError) return error;
  if (typeof error !== 'object' || error === null) return null;
  const { code, cause, path } = error as Partial<NodeJS.ErrnoException>;
  if (!NO_MORE_FILES.includes(code)) return cause === undefined ? null : failureAnywhere(cause);
  const at = path === undefined ? '' : ` for ${path}`;
  const whose = code === 'EMFILE' ? 'This process' : 'This machine';
  const message = `${whose} may not open more files or connections (${String(code)})${at}.`;
  return new FerryError('TOO_MANY_OPEN_FILES', message, { cause: error });
}

const NO_ROOM: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

/** A write that no place has given a meaning. Null for other errors, and for the kernel's limit of watched files. */
function fullDisk(error: unknown): FerryError | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code, path, syscall } = error as Partial<NodeJS.ErrnoException>;
  if (!NO_ROOM.includes(code) || syscall === 'watch') return null;
  const at = path === undefined ? 'on a disk that Ferry writes to' : `for ${path}`;
  return new FerryError('DISK_FULL', `There is no room left ${at} (${String(code)}).`, { cause: error });
}

/**
 * The FerryError for an error of the file system at a write under `path`: DISK_FULL or TARGET_NOT_WRITABLE.
 *
 * @param afterFull ends the sentence about a full disk
 */
export function writeFailure(error: unknown, path: string, afterFull = ''): FerryError {
  const known = failureAnywhere(error);
  if (known !== null) return known;
  const code = codeOf(error);
  if (NO_ROOM.includes(code)) {
    return new FerryError('DISK_FULL', `There is no room left for ${path}${afterFull}.`, { cause: error });
  }
  const may = code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'may not' : 'cannot';
  const message = `${path} ${may} be written (${code ?? 'unknown reason'}).`;
  return new FerryError('TARGET_NOT_WRITABLE', message, { cause: error });
}

function codeOf(error: unknown): string | undefined {
  const { code, cause } = (typeof error === 'object' && error !== null ? error : {}) as Partial<NodeJS.ErrnoException>;
  return typeof code === 'string' || cause === undefined ? code : codeOf(cause);
}

/**
 * Turns any thrown value into a FerryError. A FerryError stays unchanged; a full disk is DISK_FULL; another unknown error
 * becomes INTERNAL.
 */
export function toFerryError(error: unknown): FerryError {
  const known = failureAnywhere(error) ?? fullDisk(error);
  if (known !== null) return known;
  const message = error instanceof Error ? error.message : String(error);
  return new FerryError('INTERNAL', message, { cause: error });
}
