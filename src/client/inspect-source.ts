import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { failureAnywhere, FerryError } from '../errors';
import { md5Of } from '../lib/file-digest';
import { systemCode } from '../lib/system-code';
import type { SourceInspection } from './options';

/**
 * Looks at a file of this machine. The worker of its host checks the content.
 *
 * @throws {FerryError} SOURCE_MISSING, SOURCE_UNREADABLE, NOT_A_FILE
 */
export async function inspectSource(file: string): Promise<SourceInspection> {
  try {
    const path = await realpath(file);
    const { size, mtimeMs, ino, isFile } = await look(path);
    if (!isFile) throw new FerryError('NOT_A_FILE', `${file} is not a regular file.`);
    return { path, name: basename(path), sizeBytes: size, mtimeMs, inode: ino };
  } catch (error) {
    throw toSourceError(error, file);
  }
}

/** The md5 of a file, lower-case hex. SOURCE_MISSING, SOURCE_UNREADABLE. */
export async function digestSource(path: string): Promise<string> {
  try {
    return await md5Of(path);
  } catch (error) {
    throw toSourceError(error, path);
  }
}

async function look(path: string): Promise<{ size: number; mtimeMs: number; ino: number; isFile: boolean }> {
  const seen = await stat(path);
  return { size: seen.size, mtimeMs: seen.mtimeMs, ino: seen.ino, isFile: seen.isFile() };
}

function toSourceError(error: unknown, file: string): unknown {
  const known = failureAnywhere(error);
  if (known !== null) return known;
  const code = systemCode(error) ?? 'unknown';
  if (code === 'ENOENT' || code === 'ENOTDIR') return new FerryError('SOURCE_MISSING', `There is no file ${file}.`);
  return new FerryError('SOURCE_UNREADABLE', `The file ${file} cannot be looked at (${code}).`, { cause: error });
}
