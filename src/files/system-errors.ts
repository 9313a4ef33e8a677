import { type ErrorCode, failureAnywhere, FerryError } from '../errors';
import { systemCode } from '../lib/system-code';

const SOURCE_CODES: Readonly<Record<string, readonly [ErrorCode, (path: string) => string]>> = {
  ENOENT: ['SOURCE_MISSING', (path) => `There is no file at ${path}.`],
  ENOTDIR: ['SOURCE_MISSING', (path) => `There is no file at ${path}: a part of the path is not a directory.`],
  ENAMETOOLONG: ['SOURCE_MISSING', (path) => `There is no file at ${path}: the path is too long.`],
  ELOOP: ['SOURCE_MISSING', (path) => `There is no file at ${path}: its symbolic links lead in a circle.`],
  ERR_INVALID_ARG_VALUE: [
    'SOURCE_MISSING',
    (path) => `There is no file at ${JSON.stringify(path)}: this is not a valid path.`,
  ],
  EACCES: ['SOURCE_UNREADABLE', (path) => `${path} may not be read: permission denied.`],
  EPERM: ['SOURCE_UNREADABLE', (path) => `${path} may not be read: operation not permitted.`],
  EIO: ['SOURCE_UNREADABLE', (path) => `${path} cannot be read: the disk reports an error.`],
  ESTALE: ['SOURCE_UNREADABLE', (path) => `${path} cannot be read: its file server no longer knows it.`],
};

/** The FerryError for an error of the file system at a source. */
export function sourceError(error: unknown, path: string): FerryError {
  const anywhere = failureAnywhere(error);
  if (anywhere !== null) return anywhere;
  const code = systemCode(error);
  const listed = code === undefined ? undefined : SOURCE_CODES[code];
  if (listed) return new FerryError(listed[0], listed[1](path), { cause: error, details: { path } });
  return new FerryError('INTERNAL', `${path} could not be examined (${code ?? 'unknown error'}).`, {
    cause: error,
    details: { path },
  });
}
