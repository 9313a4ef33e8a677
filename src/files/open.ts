/**
 * Opens sources. Checks look at the opened descriptor, never at the name alone: another file or a link may get the name
 * between a check and the opening.
 */
import { constants, type Stats } from 'node:fs';
import { lstat, open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FerryError } from '../errors';
import { isSameVersion, type SeenFile } from '../lib/same-file';
import { assertInside, assertMissingInside } from './allowed';
import { sourceError } from './system-errors';
import { explainSourceError } from './why-missing';

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface OpenedSource {
  readonly file: FileHandle;
  /** The path of the opened file, with all links resolved. */
  readonly path: string;
  readonly stats: Stats;
}

/** The facts of a file when it was inspected. */
export interface SourceIdentity extends SeenFile {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
}

/**
 * Opens a regular file for reading; the caller closes it. SOURCE_MISSING, SOURCE_UNREADABLE, NOT_A_FILE.
 * Outside the allowed directories the error is PATH_NOT_ALLOWED, also for missing files.
 * @param allowed absolute directories; null: no limit
 */
export async function openSource(path: string, allowed: readonly string[] | null = null): Promise<OpenedSource> {
  let file: FileHandle | undefined;
  try {
    const real = await realpath(resolve(path));
    await assertInside(real, path, allowed);
    // Opening a fifo or a device has effects, so both are refused before.
    const seen = await lstat(real);
    if (!seen.isFile()) throw notAFile(real, seen);
    file = await open(real, FLAGS);
    const stats = await file.stat();
    if (!stats.isFile()) throw notAFile(real, stats);
    if (allowed !== null) await assertInside(await pathOf(file, stats, real), path, allowed);
    return { file, path: real, stats };
  } catch (error) {
    await file?.close();
    if (!(error instanceof FerryError)) await assertMissingInside(path, allowed);
    throw await explainSourceError(error, path);
  }
}

/**
 * Opens the file that was inspected. The caller closes it, and calls {@link isSameFile} again after reading.
 * @throws {FerryError} SOURCE_CHANGED when another file has its path
 */
export async function openInspected(source: SourceIdentity): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    file = await open(source.path, FLAGS);
    if (await isSameFile(file, source)) return file;
    throw new FerryError('SOURCE_CHANGED', `${source.path} changed after it was inspected.`);
  } catch (error) {
    await file?.close();
    throw sourceError(error, source.path);
  }
}

/** True while an open file is the unchanged file that was inspected. */
export async function isSameFile(file: FileHandle, source: SourceIdentity): Promise<boolean> {
  return isSameVersion(source, await file.stat());
}

/** The present path of an open file. Linux tells it; on other systems the old name must still lead to the file. */
async function pathOf(file: FileHandle, stats: Stats, opened: string): Promise<string> {
  if (process.platform === 'linux') {
    const link = await readlink(`/proc/self/fd/${file.fd}`).catch(() => null);
    if (link !== null) return link;
  }
  const real = await realpath(opened);
  const there = await lstat(real);
  if (there.dev === stats.dev && there.ino === stats.ino) return real;
  throw new FerryError('SOURCE_CHANGED', `${opened} was replaced while it was opened.`);
}

function notAFile(path: string, stats: Stats): FerryError {
  let what = 'not a regular file';
  if (stats.isDirectory()) what = 'a directory, not a file';
  else if (stats.isFIFO()) what = 'a named pipe, not a file';
  else if (stats.isSocket()) what = 'a socket, not a file';
  else if (stats.isCharacterDevice() || stats.isBlockDevice()) what = 'a device, not a file';
  return new FerryError('NOT_A_FILE', `${path} is ${what}.`, { details: { path } });
}
