import type { BigIntStats } from 'node:fs';
import type { Digests } from './digests';

/**
 * Digests of files that were read to their end, by what tells an unchanged file: device, inode, size and modification
 * time in nanoseconds. Spares a retry the work; lost with the process.
 */
export interface DigestCache {
  get(stats: BigIntStats): Digests | undefined;
  set(stats: BigIntStats, digests: Digests): void;
  delete(stats: BigIntStats): void;
}

const ENTRIES = 4096;

export function createDigestCache(): DigestCache {
  const entries = new Map<string, Digests>();
  const keyOf = (stats: BigIntStats): string => [stats.dev, stats.ino, stats.size, stats.mtimeNs].join('-');
  return {
    get: (stats) => entries.get(keyOf(stats)),
    delete: (stats) => void entries.delete(keyOf(stats)),
    set(stats, digests) {
      // The time of a modification has the grain of the kernel's tick: a file written just now may be written again
      // within the same one.
      if (Date.now() - Number(stats.mtimeMs) < 1000) return;
      entries.set(keyOf(stats), digests);
      const oldest = entries.keys().next();
      if (entries.size > ENTRIES && oldest.done !== true) entries.delete(oldest.value);
    },
  };
}
