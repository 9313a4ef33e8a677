/** Small files that are whole or absent, also after a kill or a power loss. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { NO_LINKS } from './file-names';
import { hasSystemCode } from './system-code';

/** For their owner alone. */
const PRIVATE = 0o600;

export interface ReplaceOptions {
  /**
   * False saves two disk syncs, for content that is worthless after a power loss: the file may then be empty.
   *
   * @default true
   */
  readonly durable?: boolean;
}

/** Puts a file into place. A reader sees the old content or the new content, never a part. */
export function replaceFile(path: string, content: string, { durable = true }: ReplaceOptions = {}): void {
  placeFile(path, content, renameSync, durable);
}

/** Like {@link replaceFile}, for content that is made while it is written. Throws the errors of `pieces`. */
export async function replaceFileWith(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const temporary = temporaryOf(path);
  try {
    await writeFile(temporary, pieces, { mode: PRIVATE, flag: 'wx', flush: true });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncNames(dirname(path));
}

/**
 * Makes a durable file that must be made once; false, with nothing changed, when it exists. Of two processes that try
 * at once, one makes it.
 */
export function createFile(path: string, content: string): boolean {
  try {
    placeFile(path, content, linkOrCopy(content), true);
    return true;
  } catch (error) {
    if (hasSystemCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/**
 * Gives the file its name unless the name is taken. Where the file system has no hard links, the file is written under
 * its own name: a power loss at that moment leaves a part.
 */
function linkOrCopy(content: string): (from: string, to: string) => void {
  return (from, to) => {
    try {
      linkSync(from, to);
    } catch (error) {
      if (!hasSystemCode(error, ...NO_LINKS)) throw error;
      writeFileSync(to, content, { mode: PRIVATE, flag: 'wx', flush: true });
    }
  };
}

function temporaryOf(path: string): string {
  return `${path}.${randomBytes(4).toString('hex')}`;
}

function placeFile(path: string, content: string, place: (from: string, to: string) => void, durable: boolean): void {
  const temporary = temporaryOf(path);
  try {
    writeFileSync(temporary, content, { mode: PRIVATE, flag: 'wx', flush: durable });
    place(temporary, path);
  } finally {
    // Still there after a link, and after a failure: a full disk lets a file begin, without its content.
    rmSync(temporary, { force: true });
  }
  if (durable) syncNames(dirname(path));
}

function syncNames(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    // Some network file systems cannot do this; the file itself is durable.
    if (!hasSystemCode(error, 'EINVAL', 'ENOTSUP', 'EBADF')) throw error;
  } finally {
    closeSync(fd);
  }
}
