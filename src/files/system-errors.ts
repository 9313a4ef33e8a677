import { FerryError, type ErrorCode } from '../errors';

/** The `code` of a Node system error ("ENOENT"); undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  // By shape and not by instanceof: errors of Node's own modules may come from another realm.
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const SOURCE_CODES: Readonly<Record<string, readonly [ErrorCode, (path: string) => string]>> = {
  ENOENT: ['SOURCE_MISSING', (path) => `There is no file at ${path}.`],
  ENOTDIR: ['SOURCE_MISSING', (path) => `There is no file at ${path}: a part of the path is not a directory.`],
  ENAMETOOLONG: ['SOURCE_MISSING', (path) => `There is no file at ${path}: the path is too long.`],
  ELOOP: ['SOURCE_MISSING', (path) => `There is no file at ${path}: its symbolic links lead in a circle.`],
  ERR_INVALID_ARG_VALUE: [
    'SOURCE_MISSING',
    (path) => `There is no file at ${JSON.stringify(path)}: no path looks like that.`,
  ],
  EACCES: ['SOURCE_UNREADABLE', (path) => `${path} may not be read: permission denied.`],
  EPERM: ['SOURCE_UNREADABLE', (path) => `${path} may not be read: operation not permitted.`],
  EIO: ['SOURCE_UNREADABLE', (path) => `${path} cannot be read: the disk reports an error.`],
  ESTALE: ['SOURCE_UNREADABLE', (path) => `${path} cannot be read: its file server no longer knows it.`],
};

/** What an error of the file system means for a source. */
export function sourceError(error: unknown, path: string): FerryError {
  if (error instanceof FerryError) return error;
  const code = systemCode(error);
  const known = code === undefined ? undefined : SOURCE_CODES[code];
  if (known) return new FerryError(known[0], known[1](path), { cause: error, details: { path } });
  return new FerryError('INTERNAL', `${path} could not be examined (${code ?? 'unknown error'}).`, {
    cause: error,
    details: { path },
  });
}
