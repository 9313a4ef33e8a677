import { isFerryError } from '../errors';
import { lockTarget, sweepPart } from '../storage';
import type { DiscardPartInput } from '../contract';
import { hasSystemCode } from '../lib/system-code';
import type { ActivityDeps } from './deps';
import { allowedTarget } from './inspect';

/** Removes what a fetch that was given up has left beside its target; the part of another fetch under way stays. */
export async function discardPart(deps: ActivityDeps, { account, target }: DiscardPartInput): Promise<void> {
  const path = await allowedTarget(deps, deps.account(account), target);
  try {
    const release = await lockTarget(path);
    try {
      await sweepPart(path);
    } finally {
      release();
    }
  } catch (error) {
    if (isFerryError(error) && error.code === 'TARGET_BUSY') return;
    // Where the directory is gone, nothing is left in it.
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  }
}
