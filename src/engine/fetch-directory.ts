import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processStartTime } from '../lib/process-identity';

/** A running fetch takes minutes at most. */
const SURELY_ABANDONED_AFTER_MS = 60 * 60 * 1_000;

/** A process that is not visible here may run on another machine that shares the cache. */
const DEAD_AFTER_MS = 2 * 60 * 1_000;

/** A directory for one fetch, on the cache's file system, so that the result can be renamed into place. */
export function makeFetchDirectory(cacheDir: string): string {
  mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
  return mkdtempSync(join(cacheDir, `fetch-${process.pid}-`));
}

/** Removes what killed fetches left. Best effort: a cache that is not writable is not an error. */
export function removeAbandonedFetches(cacheDir: string): void {
  try {
    for (const name of readdirSync(cacheDir).filter((each) => each.startsWith('fetch-'))) {
      const path = join(cacheDir, name);
      const ageMs = Date.now() - statSync(path).mtimeMs;
      const isDead = processStartTime(Number(name.split('-')[1])) === null;
      if (ageMs > (isDead ? DEAD_AFTER_MS : SURELY_ABANDONED_AFTER_MS)) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // There is no cache yet, or another process was faster.
  }
}
