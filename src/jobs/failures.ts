import { failureAnywhere, FerryError } from '../errors';
import { hasSystemCode, systemCode } from '../lib/system-code';

/**
 * Maps errors of the file system at a file of a job. A person has to fix all of them: a full disk, missing rights, or a
 * job whose files are not on this host.
 */
export function jobFilesFailure(error: unknown, path: string): FerryError {
  const known = failureAnywhere(error);
  if (known !== null) return known;
  const options = { cause: error };
  if (hasSystemCode(error, 'ENOSPC', 'EDQUOT')) {
    return new FerryError('DISK_FULL', `There is no room left for ${path}.`, options);
  }
  if (hasSystemCode(error, 'EACCES', 'EPERM', 'EROFS')) {
    return new FerryError('TARGET_NOT_WRITABLE', `${path} may not be written.`, options);
  }
  if (hasSystemCode(error, 'ENOENT', 'ENOTDIR')) {
    return new FerryError('JOB_FILES_UNUSABLE', `This host has no ${path}.`, options);
  }
  const why = systemCode(error) ?? (error instanceof Error ? error.message : String(error));
  return new FerryError('INTERNAL', `${path} cannot be used: ${why}.`, options);
}
