/**
 * Before a file is moved or deleted, it is put aside: it gets a hidden name in its own directory, which runs of a
 * schedule skip. The hidden name identifies the file and contains its original name. A name that is too long for that
 * stays as it is in a hidden directory, whose name identifies the file. So the next attempt can finish the work of a
 * killed attempt at every step.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { wholeMs } from '../lib/same-file';
import { syncDirectory } from '../lib/sync-directory';
import { hasSystemCode } from '../lib/system-code';
import { placeFile } from './place-file';
import { lookAt, type FoundFile } from './survey';
import type { AfterSending } from './types';

const ASIDE = '.ferry-sent-';
const MARK_CHARACTERS = 12;
const ASIDE_NAME = new RegExp(`^${ASIDE}(.{${MARK_CHARACTERS}})-(.+)$`, 's');
const ASIDE_DIRECTORY = new RegExp(`^${ASIDE}(.{${MARK_CHARACTERS}})$`);

/** A file that was put aside. */
export interface Aside {
  readonly path: string;
  readonly mark: string;
  readonly original: string;
  /** The directory that the file was found in. */
  readonly home: string;
}

/** Gives the file its hidden name. */
export async function putAside(file: FoundFile): Promise<Aside> {
  const { path } = file;
  const [home, original, mark] = [dirname(path), basename(path), markOf(file)];
  const short = { path: join(home, `${ASIDE}${mark}-${original}`), mark, original, home };
  try {
    await rename(path, short.path);
    return short;
  } catch (error) {
    if (!hasSystemCode(error, 'ENAMETOOLONG')) throw error;
  }
  const directory = join(home, `${ASIDE}${mark}`);
  await mkdir(directory, { mode: 0o700 }).catch((error: unknown) => {
    if (!hasSystemCode(error, 'EEXIST')) throw error;
  });
  const long = { path: join(directory, original), mark, original, home };
  await rename(path, long.path);
  return long;
}

function markOf({ inode, sizeBytes, mtimeMs }: FoundFile): string {
  const text = JSON.stringify([inode, sizeBytes, wholeMs(mtimeMs)]);
  return createHash('sha256').update(text).digest('hex').slice(0, MARK_CHARACTERS);
}

/** The files that killed attempts have put aside in a directory and its subdirectories. */
export async function asideIn(directory: string, recursive: boolean): Promise<readonly Aside[]> {
  const names = await readdir(directory, { recursive }).catch(() => []);
  const hidden = names.filter((name) => basename(name).startsWith(ASIDE)).map((name) => join(directory, name));
  return (await Promise.all(hidden.map(asideAt))).flat();
}

async function asideAt(path: string): Promise<readonly Aside[]> {
  const [home, name] = [dirname(path), basename(path)];
  const [, mark = '', original = ''] = ASIDE_NAME.exec(name) ?? [];
  if (original !== '') return [{ path, mark, original, home }];
  const [, markOfAll] = ASIDE_DIRECTORY.exec(name) ?? [];
  if (markOfAll === undefined) return [];
  const files = await readdir(path).catch(() => []);
  if (files.length === 0) await removeIfEmpty(path);
  return files.map((file) => ({ path: join(path, file), mark: markOfAll, original: file, home }));
}

/** Moves or deletes a file that a killed attempt has put aside. If it is not the sent file, it gets its name back. */
export async function finishAside(aside: Aside, after: AfterSending): Promise<void> {
  const file = await lookAt(aside.path);
  if (file === null) return;
  if (aside.mark === markOf(file)) await clearAside(aside, after);
  else await giveBack(aside);
}

/** Moves or deletes a sent file that was put aside. */
export async function clearAside(aside: Aside, after: AfterSending): Promise<void> {
  const { path, original, home } = aside;
  if (after.do === 'move') await placeFile(path, after.directory, original);
  else await unlink(path);
  await removeDirectoryOf(aside);
  await syncDirectory(home);
}

/**
 * Gives the file its original name back. If a new file has that name by now, the name gets a number, and a later run
 * treats the file as new.
 */
export async function giveBack(aside: Aside): Promise<void> {
  await placeFile(aside.path, aside.home, aside.original);
  await removeDirectoryOf(aside);
}

async function removeDirectoryOf({ path, home }: Aside): Promise<void> {
  const directory = dirname(path);
  if (directory !== home) await removeIfEmpty(directory);
}

async function removeIfEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch((error: unknown) => {
    if (!hasSystemCode(error, 'ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST')) throw error;
  });
}
