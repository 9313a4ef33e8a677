/** Adds and removes names of files. */
import { lstatSync, unlinkSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { hasSystemCode } from './system-code';

/** File systems without hard links, or without room for one more, answer with one of these codes. */
export const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** True when something has this name, also a broken link. Throws the other errors of the system. */
export function hasName(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Removes a file that may be gone already. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  }
}

/** The same for a large file, whose removal may take a while. */
export async function removeLargeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  }
}
