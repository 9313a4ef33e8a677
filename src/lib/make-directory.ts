import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasSystemCode } from './system-code';

/**
 * Makes a directory and its missing ancestors, accessible only to the owner. Existing directories stay unchanged. Does
 * not use `mkdirSync(path, { recursive: true })`, which never returns below /proc: there the system reports an existing
 * directory as missing, and Node retries forever.
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
