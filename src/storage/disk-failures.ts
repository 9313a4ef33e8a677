import { FerryError, writeFailure } from '../errors';
import { hasSystemCode } from '../lib/system-code';

/** The FerryError for an error of the file system at a write under `path`. Returns a FerryError unchanged. */
export function diskFailure(error: unknown, path: string): FerryError {
  if (!hasSystemCode(error, 'ENOENT', 'ENOTDIR'))
    return writeFailure(error, path, '; the bytes fetched so far are kept');
  return new FerryError('TARGET_PARENT_MISSING', `The directory of ${path} does not exist.`, { cause: error });
}
