import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hasSystemCode } from '../lib/system-code';

/** Files of a state directory are for their owner alone. */
const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

export function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: PRIVATE_DIRECTORY });
}

/** Puts a whole file into place: readers see the old one or the new one, never a part. */
export function replaceFile(path: string, content: string): void {
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(temporary, content, { mode: PRIVATE_FILE, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    // A full disk lets the file begin and not its content.
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Makes a file that must be made once: false, and nothing changed, when it is there already. A crash leaves the whole
 * file or none; of two processes that try at once, one makes it.
 */
export function createFile(path: string, content: string): boolean {
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(temporary, content, { mode: PRIVATE_FILE, flag: 'wx', flush: true });
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (hasSystemCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
