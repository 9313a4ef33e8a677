import { unlinkSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { FerryError } from '../errors';
import { hasSystemCode, systemCode } from '../lib/system-code';

/** An error of the file system while writing under `path`, in our words. A FerryError is returned as it is. */
export function diskFailure(error: unknown, path: string): FerryError {
  if (error instanceof FerryError) return error;
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FerryError('DISK_FULL', `There is no room left for ${path}; what was fetched is kept.`, {
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

/** How file systems without hard links, or without room for one more, answer. */
export const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** Removes a small file, or one of several names of a file, that may not be there. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  }
}

/** The same where it may take a while until the room is given back. */
export async function removeLargeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  }
}
