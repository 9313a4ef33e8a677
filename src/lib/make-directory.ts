import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasSystemCode } from './system-code';

/**
 * Makes a directory and those above it, for their owner alone; one that exists stays as it is. Not
 * `mkdirSync(path, { recursive: true })`, which never returns below /proc: the system says there that a directory is
 * missing which exists, and Node tries again forever.
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (hasSystemCode(error, 'EEXIST')) return;
    const parent = dirname(path);
    if (!hasSystemCode(error, 'ENOENT') || existsSync(parent)) throw error;
    makeDirectory(parent);
    mkdirSync(path, { mode: 0o700 });
  }
}
