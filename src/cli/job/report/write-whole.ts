import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FerryError } from '../../../errors';
import { systemCode } from '../../../lib/system-code';
import type { ReportText } from './run';

const CHUNK_CHARACTERS = 256 * 1024;

/**
 * Writes a file atomically: the complete file replaces an existing file.
 *
 * @returns how many lines it has
 * @throws {FerryError} TARGET_NOT_WRITABLE, DISK_FULL
 */
export async function writeWhole(path: string, parts: AsyncIterable<ReportText>): Promise<number> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    const written = await write(temporary, parts);
    await rename(temporary, path);
    return written;
  } catch (error) {
    if (error instanceof FerryError) throw error;
    const code = systemCode(error) ?? String(error);
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new FerryError('DISK_FULL', `There is no room left for ${path}.`, { cause: error });
    }
    throw notWritten(path, code, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

function notWritten(path: string, code: string, cause: unknown): FerryError {
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const message = `${path} cannot be written: there is no directory ${dirname(path)}.`;
    return new FerryError('TARGET_NOT_WRITABLE', message, {
      cause,
      remedy: 'Make the directory, or name another file.',
    });
  }
  if (code === 'EISDIR') {
    const message = `${path} cannot be written: it is a directory.`;
    return new FerryError('TARGET_NOT_WRITABLE', message, { cause, remedy: 'Name a file.' });
  }
  const remedy = 'Let the user that runs this command write there, or name another file.';
  return new FerryError('TARGET_NOT_WRITABLE', `${path} cannot be written (${code}).`, { cause, remedy });
}

async function write(path: string, parts: AsyncIterable<ReportText>): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  let written = 0;
  try {
    let buffered = '';
    for await (const { text, lines } of parts) {
      buffered += text;
      written += lines;
      if (buffered.length < CHUNK_CHARACTERS) continue;
      await file.appendFile(buffered);
      buffered = '';
    }
    await file.appendFile(buffered);
    await file.sync();
  } finally {
    await file.close();
  }
  return written;
}
