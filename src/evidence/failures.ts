import { failureAnywhere, FerryError } from '../errors';
import { systemCode } from '../lib/system-code';

/** Why a line could not be written under `path`: DISK_FULL or TARGET_NOT_WRITABLE. */
export function writeFailure(error: unknown, path: string): FerryError {
  const known = failureAnywhere(error);
  if (known !== null) return known;
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FerryError('DISK_FULL', `There is no room left for ${path}.`, { cause: error });
  }
  const message = `${path} cannot be written (${code ?? 'unknown reason'}).`;
  return new FerryError('TARGET_NOT_WRITABLE', message, { cause: error });
}
