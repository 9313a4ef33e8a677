import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { isFerryError, type FerryError } from '../errors';
import { checkAllowed, checkTarget, targetPathFor } from '../files';
import { hasSystemCode } from '../lib/system-code';
import type { JobAccount } from './types';

/** Checks whether a file can be fetched back into a directory. Null when it can, else the error. */
export type TargetCheck = (directory: string, source: string, account: JobAccount) => Promise<FerryError | null>;

/**
 * Writes a probe file once for each directory, and then checks only names, because a probe for each of 100,000 files
 * would take minutes.
 */
export function createTargetCheck(): TargetCheck {
  const probed = new Map<string, Promise<FerryError | null>>();

  return async (directory, source, account) => {
    try {
      const target = targetPathFor(directory, basename(source));
      const key = JSON.stringify([directory, account.name]);
      const seen = probed.get(key);
      if (seen === undefined) {
        const probing = check(target, source, account);
        probed.set(key, probing);
        return await probing;
      }
      const first = await seen;
      if (first !== null && first.code !== 'TARGET_EXISTS') return first;
      return (await isFree(target)) ? null : await check(target, source, account);
    } catch (error) {
      if (isFerryError(error)) return error;
      throw error;
    }
  };
}

async function check(target: string, source: string, account: JobAccount): Promise<FerryError | null> {
  try {
    await checkAllowed(target, account.targets, 'target');
    await checkTarget(target, source);
    return null;
  } catch (error) {
    if (isFerryError(error)) return error;
    throw error;
  }
}

async function isFree(target: string): Promise<boolean> {
  try {
    await lstat(target);
    return false;
  } catch (error) {
    return hasSystemCode(error, 'ENOENT');
  }
}
