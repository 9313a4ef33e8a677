/** Gives files that were sent their names in another directory. No other file is ever overwritten. */
import { link, open, rename, unlink } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { FerryError } from '../errors';
import { NO_LINKS } from '../lib/file-names';
import { syncDirectory } from '../lib/sync-directory';
import { hasSystemCode } from '../lib/system-code';
import { lookAt } from './survey';

/** The most names to try when files of the same name exist in the directory. */
const MOST_NAMES = 1000;

/** Bytes. Most file systems have this limit. */
const LONGEST_NAME = 255;

/**
 * Renames the file into a directory, with a number when the name is taken. Removes the old name once the new name is
 * durable.
 */
export async function placeFile(path: string, directory: string, name: string): Promise<void> {
  for (let number = 1; number <= MOST_NAMES; number += 1) {
    const target = join(directory, number === 1 ? name : numbered(name, number));
    if (!(await nameAlso(path, target))) continue;
    await syncDirectory(directory);
    await unlink(path).catch((error: unknown) => {
      // The file was renamed, or another attempt has finished it.
      if (!hasSystemCode(error, 'ENOENT')) throw error;
    });
    return;
  }
  throw new FerryError('TARGET_EXISTS', `${directory} has ${MOST_NAMES} files of the name ${name}.`);
}

/** `photo-2.jpg`. A long name is cut before the number. */
function numbered(name: string, number: number): string {
  const ending = extname(name);
  const rest = `-${number}${ending}`;
  const stem = Array.from(name.slice(0, name.length - ending.length));
  while (stem.length > 1 && Buffer.byteLength(stem.join('') + rest) > LONGEST_NAME) stem.pop();
  return stem.join('') + rest;
}

/**
 * Adds a second name to the file. False when another file has that name; true when a killed attempt has added the name
 * already.
 */
async function nameAlso(path: string, target: string): Promise<boolean> {
  try {
    await link(path, target);
    return true;
  } catch (error) {
    if (hasSystemCode(error, 'EEXIST')) return (await lookAt(target))?.inode === (await lookAt(path))?.inode;
    if (!hasSystemCode(error, ...NO_LINKS)) throw error;
    return renameToNew(path, target);
  }
}

/**
 * For file systems without hard links. An empty file reserves the name until the rename, so that no other file is
 * overwritten.
 */
async function renameToNew(path: string, target: string): Promise<boolean> {
  try {
    await (await open(target, 'wx', 0o600)).close();
  } catch (error) {
    if (hasSystemCode(error, 'EEXIST')) return false;
    throw error;
  }
  try {
    await rename(path, target);
  } catch (error) {
    await unlink(target);
    throw error;
  }
  return true;
}
