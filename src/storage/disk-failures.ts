import { failureAnywhere, FerryError } from '../errors';
import { systemCode } from '../lib/system-code';

/** The FerryError for an error of the file system at a write under `path`. Returns a FerryError unchanged. */
export function diskFailure(error: unknown, path: string): FerryError {
  const known = failureAnywhere(error);
  if (known !== null) return known;
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FerryError('DISK_FULL', `There is no room left for ${path}; the bytes fetched so far are kept.`, {
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new FerryError('TARGET_NOT_WRITABLE', `${path} may not be written (${code}).`, { cause: error });
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FerryError('TARGET_PARENT_MISSING', `The directory of ${path} does not exist.`, { cause: error });
  }
  return new FerryError('TARGET_NOT_WRITABLE', `${path} cannot be written (${code ?? 'unknown reason'}).`, {
    cause: error,
  });
}
