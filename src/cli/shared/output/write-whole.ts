import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isFerryError, FerryError } from '../../../errors';
import { replaceFileWith } from '../../../lib/atomic-file';
import { hasSystemCode, systemCode } from '../../../lib/system-code';

const CHUNK_CHARACTERS = 256 * 1024;

/**
 * Writes the file of an `--output` atomically: the complete file takes the place of another file. Throws the errors of
 * `pieces`.
 *
 * @throws {FerryError} TARGET_NOT_WRITABLE, DISK_FULL
 */
export async function writeWhole(path: string, pieces: AsyncIterable<string>): Promise<void> {
  try {
    await refuseOtherKinds(path);
    await replaceFileWith(path, inChunks(pieces));
  } catch (error) {
    if (isFerryError(error) || systemCode(error) === undefined) throw error;
    throw notWritten(path, error);
  }
}

/** A rename would replace a device such as /dev/stdout, or the pipe of another program, for every program. */
async function refuseOtherKinds(path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there === null || there.isFile()) return;
  const kind = there.isDirectory() ? 'a directory' : 'a device, a pipe or a socket';
  const remedy = there.isDirectory() ? 'Name a file.' : 'Name a file, or leave --output out: the text goes to stdout.';
  throw new FerryError('TARGET_NOT_WRITABLE', `${path} cannot be written: it is ${kind}.`, { remedy });
}

function notWritten(path: string, cause: unknown): FerryError {
  if (hasSystemCode(cause, 'ENOSPC', 'EDQUOT')) {
    return new FerryError('DISK_FULL', `There is no room left for ${path}.`, { cause });
  }
  if (hasSystemCode(cause, 'ENOENT', 'ENOTDIR')) {
    const message = `${path} cannot be written: there is no directory ${dirname(path)}.`;
    const remedy = 'Make the directory, or name another file.';
    return new FerryError('TARGET_NOT_WRITABLE', message, { cause, remedy });
  }
  const remedy = 'Let the user that runs this command write there, or name another file.';
  const message = `${path} cannot be written (${systemCode(cause)}).`;
  return new FerryError('TARGET_NOT_WRITABLE', message, { cause, remedy });
}

async function* inChunks(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let buffered = '';
  for await (const piece of pieces) {
    buffered += piece;
    if (buffered.length < CHUNK_CHARACTERS) continue;
    yield buffered;
    buffered = '';
  }
  yield buffered;
}
