/**
 * Before a file is moved or deleted, it is put aside: it gets a hidden name in its own directory, which runs of a
 * schedule skip. The hidden name identifies the file and contains its original name. So the next attempt can finish the
 * work of a killed attempt at every step.
 */
import { createHash } from 'node:crypto';
import { link, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { FerryError } from '../errors';
import { NO_LINKS } from '../lib/file-names';
import { wholeMs } from '../lib/same-file';
import { syncDirectory } from '../lib/sync-directory';
import { hasSystemCode } from '../lib/system-code';
import { lookAt, type FoundFile } from './survey';
import type { AfterSending } from './types';

const ASIDE = '.ferry-sent-';
const MARK_CHARACTERS = 12;
const ASIDE_NAME = new RegExp(`^${ASIDE}(.{${MARK_CHARACTERS}})-(.+)$`, 's');

/** The most names to try when files of the same name exist in the directory. */
const MOST_NAMES = 1000;

export function asideOf(file: FoundFile): string {
  return join(dirname(file.path), `${ASIDE}${markOf(file)}-${basename(file.path)}`);
}

function markOf({ inode, sizeBytes, mtimeMs }: FoundFile): string {
  const text = JSON.stringify([inode, sizeBytes, wholeMs(mtimeMs)]);
  return createHash('sha256').update(text).digest('hex').slice(0, MARK_CHARACTERS);
}

/** The files that killed attempts have put aside in a directory and its subdirectories. */
export async function asideIn(directory: string, recursive: boolean): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive }).catch(() => []);
  return names.filter((name) => basename(name).startsWith(ASIDE)).map((name) => join(directory, name));
}

/** Moves or deletes a file that a killed attempt has put aside. If it is not the sent file, it gets its name back. */
export async function finishAside(path: string, after: AfterSending): Promise<void> {
  const [, mark, original = ''] = ASIDE_NAME.exec(basename(path)) ?? [];
  const file = await lookAt(path);
  if (file === null || original === '') return;
  if (mark === markOf(file)) await clearAside(path, after, original);
  else await giveBack(path, original);
}

/** Moves or deletes a sent file that was put aside. */
export async function clearAside(path: string, after: AfterSending, original: string): Promise<void> {
  if (after.do === 'move') await place(path, after.directory, original);
  else await unlink(path);
  await syncDirectory(dirname(path));
}

/**
 * Gives the file its original name back. If a new file has that name by now, the name gets a number, and a later run
 * treats the file as new.
 */
export async function giveBack(path: string, original: string): Promise<void> {
  await place(path, dirname(path), original);
}

/**
 * Renames the file into a directory, with a number when the name is taken. Removes the old name once the new name is
 * durable.
 */
async function place(path: string, directory: string, name: string): Promise<void> {
  const ending = extname(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let number = 1; number <= MOST_NAMES; number += 1) {
    const target = join(directory, number === 1 ? name : `${stem}-${number}${ending}`);
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
