/**
 * A file that is to be moved or deleted is put aside first: renamed, in its own directory, to a hidden name that no run of a
 * schedule takes. The name says which file was put aside and what it was called, so that the next attempt can finish what a
 * killed one has begun, at whichever step.
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

/** Names that are tried in a directory where a file of the same name lies already. */
const MOST_NAMES = 1000;

export function asideOf(file: FoundFile): string {
  return join(dirname(file.path), `${ASIDE}${markOf(file)}-${basename(file.path)}`);
}

function markOf({ inode, sizeBytes, mtimeMs }: FoundFile): string {
  const text = JSON.stringify([inode, sizeBytes, wholeMs(mtimeMs)]);
  return createHash('sha256').update(text).digest('hex').slice(0, MARK_CHARACTERS);
}

/** What killed attempts have put aside in a directory, and below. */
export async function asideIn(directory: string, recursive: boolean): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive }).catch(() => []);
  return names.filter((name) => basename(name).startsWith(ASIDE)).map((name) => join(directory, name));
}

/** Clears what a killed attempt has put aside; a file that is not the one that was sent gets its name back. */
export async function finishAside(path: string, after: AfterSending): Promise<void> {
  const [, mark, original = ''] = ASIDE_NAME.exec(basename(path)) ?? [];
  const file = await lookAt(path);
  if (file === null || original === '') return;
  if (mark === markOf(file)) await clearAside(path, after, original);
  else await giveBack(path, original);
}

/** Moves or deletes a file that was put aside and is the one that was sent. */
export async function clearAside(path: string, after: AfterSending, original: string): Promise<void> {
  if (after.do === 'move') await place(path, after.directory, original);
  else await unlink(path);
  await syncDirectory(dirname(path));
}

/** A file that has come meanwhile keeps its name; then the one that was put aside gets a number, and is a new file. */
export async function giveBack(path: string, original: string): Promise<void> {
  await place(path, dirname(path), original);
}

/** Gives the file a name in a directory, with a number where the name is taken. The old name goes when the new one is durable. */
async function place(path: string, directory: string, name: string): Promise<void> {
  const ending = extname(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let number = 1; number <= MOST_NAMES; number += 1) {
    const target = join(directory, number === 1 ? name : `${stem}-${number}${ending}`);
    if (!(await nameAlso(path, target))) continue;
    await syncDirectory(directory);
    await unlink(path).catch((error: unknown) => {
      // It was renamed, or another attempt has finished it.
      if (!hasSystemCode(error, 'ENOENT')) throw error;
    });
    return;
  }
  throw new FerryError('TARGET_EXISTS', `${directory} has ${MOST_NAMES} files of the name ${name}.`);
}

/** False when another file has the name. True as well when an attempt that was killed has given it to this file. */
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

/** Where the file system has no hard links: an empty file holds the name until the rename, so that no other file is lost. */
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
