import { FerryError } from '../errors';
import { takeFileLock } from '../lib/file-lock';
import { lockPath } from './part-file';

/**
 * Locks the target for this fetch, among all processes and hosts that share its directory. The directory must exist.
 * The returned function releases the lock.
 *
 * @throws {FerryError} TARGET_BUSY
 */
export async function lockTarget(target: string): Promise<() => void> {
  const { lock } = await takeFileLock(lockPath(target));
  if (lock === null) throw new FerryError('TARGET_BUSY', `Another transfer is fetching to ${target}.`);
  return () => lock.release();
}
