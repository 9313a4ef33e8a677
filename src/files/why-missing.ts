import { lstat } from 'node:fs/promises';
import { FerryError } from '../errors';
import { systemCode } from '../lib/system-code';
import { oddNameError } from './odd-name';
import { sourceError } from './system-errors';

/**
 * Like `sourceError`, but for a missing file it says more when the name is not UTF-8 or is a broken link. Call it only
 * for a path whose links may be told: see `assertMissingInside`.
 */
export async function explainSourceError(error: unknown, path: string): Promise<FerryError> {
  const isMissing = systemCode(error) === 'ENOENT';
  const explained = isMissing ? ((await oddNameError(path)) ?? (await brokenLinkError(path))) : null;
  return explained ?? sourceError(error, path);
}

async function brokenLinkError(path: string): Promise<FerryError | null> {
  const own = await lstat(path).catch(() => null);
  if (own?.isSymbolicLink() !== true) return null;
  const message = `There is no file at ${path}: it is a symbolic link to a file that is missing.`;
  return new FerryError('SOURCE_MISSING', message, { details: { path } });
}
