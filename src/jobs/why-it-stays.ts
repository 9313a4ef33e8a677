import { dirname } from 'node:path';
import { FerryError, toFerryError } from '../errors';
import { systemCode } from '../lib/system-code';

/** The sentence for a sent file that could not be moved or deleted. */
export function whyItStays(error: unknown, path: string): string {
  if (error instanceof FerryError) return `${path} stays: ${error.message}`;
  const code = systemCode(error);
  const directory = directoryOf(error) ?? dirname(path);
  switch (code) {
    case 'EXDEV':
      return `${path} stays: the other directory is on another file system.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${path} stays: the worker may not write in ${directory} (${code}).`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `${path} stays: there is no room left in ${directory} (${code}).`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${path} stays: a part of the path of the other directory is a file (${code}).`;
    case undefined:
      return `${path} stays: ${toFerryError(error).message}.`;
    default:
      return `${path} stays: ${code}.`;
  }
}

/** The directory that the failed call would have changed, or has looked at. */
function directoryOf(error: unknown): string | null {
  const { dest, path, syscall } = Object(error) as Readonly<Record<'dest' | 'path' | 'syscall', unknown>>;
  const name = typeof dest === 'string' ? dest : path;
  if (typeof name !== 'string') return null;
  return syscall === 'access' ? name : dirname(name);
}
