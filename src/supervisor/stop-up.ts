import { existsSync } from 'node:fs';
import { lockHolder } from '../lib/file-lock';
import { endProcess } from '../lib/process-identity';
import { endLeftovers } from './leftovers';
import { acquireLock } from './lock';
import { statePaths } from './state-dir';
import type { StopResult } from './types';

/** Longer than worker, sandbox and Temporal together may take. */
const STOP_TIMEOUT_MS = 60_000;

/**
 * `ferry down`: asks the `up` on this state directory to end everything in order and waits until it has; ends what a
 * killed `up` left behind. Touches only processes whose pid and start time were written down.
 */
export async function stopUp(stateDir: string): Promise<StopResult> {
  const paths = statePaths(stateDir);
  if (!existsSync(paths.root)) return 'not-running';
  const holder = lockHolder(paths.lock);
  if (holder !== null) await endProcess(holder, STOP_TIMEOUT_MS);
  if (!existsSync(paths.upFile) && !existsSync(paths.temporalRecord))
    return holder === null ? 'not-running' : 'stopped';
  // It did not take its file away: it was killed. The lock keeps an `up` that starts at this moment away.
  const lock = await acquireLock(paths.lock);
  try {
    const found = await endLeftovers(paths, () => undefined);
    if (holder !== null) return 'stopped';
    return found ? 'leftovers-ended' : 'not-running';
  } finally {
    lock.release();
  }
}
