import { FerryError } from '../errors';
import { takeFileLock } from '../lib/file-lock';
import { lockPath } from './part-file';

/**
 * Takes the target for this fetch, over all processes and hosts that share its directory, which must exist. The returned
 * function gives the target back.
 *
 * @throws {FerryError} TARGET_BUSY
 */
export async function lockTarget(target: string): Promise<() => void> {
  const { lock } = await takeFileLock(lockPath(target));
  if (lock === null) throw new FerryError('TARGET_BUSY', `Another transfer is fetching to ${target}.`);
  return () => lock.release();
}
