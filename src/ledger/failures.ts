import { FerryError, isFerryError } from '../errors';

/** Errors of the store have the number of a system error as `code`; errors of the file system have its name. */
const NO_ROOM: readonly unknown[] = [28, 122, 'ENOSPC', 'EDQUOT'];

/** LMDB's own errors are below this number (lmdb.h, MDB_LAST_ERRCODE is -30779; the library adds some). */
const OWN_ERRORS_BELOW = -30_000;

/** A fault of the store itself, such as a page that it does not find. */
export function isStoreFault(error: unknown): boolean {
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { readonly code?: unknown };
  return typeof code === 'number' && code < OWN_ERRORS_BELOW;
}

/** The store cannot be used now because of what other processes do. The store itself is not damaged. */
export class LedgerBusy extends Error {
  override readonly name = 'LedgerBusy';
}

/** Errors of the system have a name or a positive number. Of these, only a failing disk damages a store. */
const DISK_FAILS: readonly unknown[] = [5, 'EIO'];

/** True when the opening of a store failed because its file is damaged, and not because of its surroundings. */
export function isDamage(error: unknown): boolean {
  if (error instanceof LedgerBusy || isFerryError(error)) return false;
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { readonly code?: unknown };
  return code === undefined || DISK_FAILS.includes(code) || (typeof code === 'number' && code < 0);
}

/** The error of the store or the file system as a FerryError. */
export function ledgerFailure(error: unknown, directory: string): FerryError {
  if (isFerryError(error)) return error;
  const { code, message } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Partial<NodeJS.ErrnoException>;
  if (NO_ROOM.includes(code)) {
    return new FerryError('DISK_FULL', `There is no room left for the ledger in ${directory}.`, { cause: error });
  }
  const why = message ?? String(error);
  return new FerryError('LEDGER_UNAVAILABLE', `The ledger in ${directory} cannot be used: ${why}.`, { cause: error });
}
