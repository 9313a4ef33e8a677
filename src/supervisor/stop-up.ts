import { existsSync } from 'node:fs';
import { lockHolder } from '../lib/file-lock';
import { endProcess } from '../lib/process-identity';
import { endLeftovers } from './leftovers';
import { acquireLock } from './lock';
import { statePaths } from './state-dir';
import type { StopResult } from './types';

/** Longer than worker, sandbox and Temporal together may take to end. */
const STOP_TIMEOUT_MS = 60_000;

/**
 * `ferry down`: asks the `up` on this state directory to end, waits until it has ended, and ends the processes that a
 * killed `up` left. A process is ended only when its pid and start time are the recorded ones.
 */
export async function stopUp(stateDir: string): Promise<StopResult> {
  const paths = statePaths(stateDir);
  if (!existsSync(paths.root)) return 'not-running';
  const holder = lockHolder(paths.lock);
  if (holder !== null) await endProcess(holder, STOP_TIMEOUT_MS);
  if (!existsSync(paths.upFile) && !existsSync(paths.temporalRecord))
    return holder === null ? 'not-running' : 'stopped';
  // The file is still there, so the `up` was killed. The lock keeps another `up` from starting meanwhile.
  const lock = await acquireLock(paths.lock);
  try {
    const found = await endLeftovers(paths, () => undefined);
    if (holder !== null) return 'stopped';
    return found ? 'leftovers-ended' : 'not-running';
  } finally {
    lock.release();
  }
}
