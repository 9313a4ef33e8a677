import type { BigIntStats } from 'node:fs';
import type { Digests } from './digests';

/**
 * Digests of files that were read to their end, by the facts that identify an unchanged file: device, inode, size, and
 * both times in nanoseconds. The modification time alone is not enough, because anybody can set it back (`cp -p`);
 * nobody can set the change time. A retry reuses the digests. They are lost with the process.
 */
export interface DigestCache {
  get(stats: BigIntStats): Digests | undefined;
  set(stats: BigIntStats, digests: Digests): void;
  delete(stats: BigIntStats): void;
}

const ENTRIES = 4096;

export function createDigestCache(): DigestCache {
  const entries = new Map<string, Digests>();
  const keyOf = (stats: BigIntStats): string =>
    [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join('-');
  return {
    get: (stats) => entries.get(keyOf(stats)),
    delete: (stats) => void entries.delete(keyOf(stats)),
    set(stats, digests) {
      // Times change with the kernel's tick: a file may be written twice within one tick.
      if (Date.now() - Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs)) < 1000) return;
      entries.set(keyOf(stats), digests);
      const oldest = entries.keys().next();
      if (entries.size > ENTRIES && oldest.done !== true) entries.delete(oldest.value);
    },
  };
}
