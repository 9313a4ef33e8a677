import { isFerryError } from '../errors';
import { lockTarget, sweepPart } from '../storage';
import type { DiscardPartInput } from '../contract';
import { hasSystemCode } from '../lib/system-code';
import * as bound from './bounds';
import type { ActivityDeps } from './deps';
import { allowedTarget } from './inspect';

export const discardPartInput = bound.record<DiscardPartInput>({ account: bound.account, target: bound.path });

/** Removes the part of a cancelled fetch. The part of another running fetch stays. */
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
    // If the directory is gone, so is the part.
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  }
}
