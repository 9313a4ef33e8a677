import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { FerryError } from '../errors';
import { systemCode } from '../lib/system-code';

const MAX_BYTES = 64 * 1024;
const OTHERS = 0o077;

/**
 * Reads a file that holds a secret. CONFIG_INVALID when it is missing, empty, no regular file, or may be read by
 * anybody but its owner. One newline at the end is not part of the secret.
 */
export function loadSecretFile(path: string): string {
  const text = readPrivate(path).replace(/\r?\n$/, '');
  if (text === '') throw invalid(path, 'is empty');
  return text;
}

function readPrivate(path: string): string {
  let fd: number | undefined;
  try {
    // O_NONBLOCK: a named pipe at this path must not hang the start.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw invalid(path, 'is not a regular file');
    if (process.platform !== 'win32' && (stats.mode & OTHERS) !== 0) {
      const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
      throw invalid(path, `may be read or written by others (mode ${mode}); run: chmod 600 '${path}'`);
    }
    if (stats.size > MAX_BYTES) throw invalid(path, 'is too large to be a secret');
    return readFileSync(fd, 'utf8');
  } catch (error) {
    if (error instanceof FerryError) throw error;
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw invalid(path, 'does not exist', error);
    throw invalid(path, `cannot be read (${code ?? 'unknown error'})`, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function invalid(path: string, what: string, cause?: unknown): FerryError {
  return new FerryError('CONFIG_INVALID', `The secret file ${path} ${what}.`, { cause, details: { path } });
}
