import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FerryError } from '../errors';

/** This share of a disk stays free for other programs. */
const KEPT_FREE = 0.05;

/**
 * Checks the free space before the first byte of an object is written.
 *
 * @param have bytes of the object that are on the disk already
 * @throws {FerryError} FETCH_TOO_LARGE when the object can never fit, DISK_FULL when it does not fit now
 */
export async function checkRoom(path: string, sizeBytes: number, have: number): Promise<void> {
  const { bsize, blocks, bavail } = await statfs(dirname(path));
  // Some network file systems do not tell their size.
  if (blocks === 0) return;
  const kept = blocks * bsize * KEPT_FREE;
  const size = `The object of ${sizeBytes} bytes`;
  if (sizeBytes > blocks * bsize - kept) {
    throw new FerryError('FETCH_TOO_LARGE', `${size} is larger than the disk of ${path}.`, { details: { sizeBytes } });
  }
  if (sizeBytes - have > bavail * bsize - kept) {
    const message = `${size} does not fit on the disk of ${path}, of which Ferry keeps 5 % free.`;
    throw new FerryError('DISK_FULL', message, { details: { sizeBytes } });
  }
}
