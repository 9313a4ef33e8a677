/** One living `up` for each state directory. */
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FerryError } from '../errors';
import { takeFileLock, type FileLock, type LockRefusal } from '../lib/file-lock';
import { stateDirError } from './state-dir';

/**
 * How long the `up` of another container, or of this machine before a reboot, must be silent to count as dead. A living
 * `up` writes a heartbeat every 2 s.
 */
const STALE_MS = 8000;

/** The pause between two looks at such a lock. */
const LOOK_MS = 500;

/**
 * Takes the lock of a state directory. Waits only while it is not known whether the holder lives.
 *
 * @throws {FerryError} ALREADY_UP when a living process holds it; NOT_CONFIGURED, DISK_FULL when the lock cannot be written
 */
export async function acquireLock(file: string): Promise<FileLock> {
  const until = performance.now() + STALE_MS + 4 * LOOK_MS;
  for (;;) {
    const result = await takeFileLock(file, { staleMs: STALE_MS }).catch((error: unknown) => {
      throw stateDirError(dirname(file), error);
    });
    if (result.lock !== null) return result.lock;
    if (result.certain || performance.now() > until) throw alreadyUp(file, result);
    await sleep(LOOK_MS);
  }
}

function alreadyUp(file: string, { holder }: LockRefusal): FerryError {
  if (holder === null) {
    return new FerryError('ALREADY_UP', `Other processes keep taking the lock ${file}.`);
  }
  const { pid, host } = holder;
  const message = `A ferry up (pid ${pid} on ${host}) already runs on ${dirname(file)}.`;
  return new FerryError('ALREADY_UP', message, { details: { pid, host } });
}
