import { statfs } from 'node:fs/promises';
import { FerryError } from '../errors';

/** Far more than the writes of one second need. */
const LEAST_BYTES = 16 * 1024 * 1024;

const KNOWN_FOR_MS = 1000;

/**
 * Refuses to write when the disk is almost full: DISK_FULL. LMDB must not meet a full disk: when a commit fails while
 * others wait, the library (3.5) sometimes corrupts its own memory, and the process ends.
 */
export function createRoomCheck(directory: string, leastBytes = LEAST_BYTES): () => Promise<void> {
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> = Promise.resolve();
  return () => {
    if (performance.now() - askedAt < KNOWN_FOR_MS) return asking;
    askedAt = performance.now();
    asking = check(directory, leastBytes);
    asking.catch(() => {
      askedAt = Number.NEGATIVE_INFINITY;
    });
    return asking;
  };
}

async function check(directory: string, leastBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= leastBytes) return;
  throw new FerryError('DISK_FULL', `There is no room left for the ledger in ${directory}.`);
}
