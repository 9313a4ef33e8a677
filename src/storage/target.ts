import { constants, type BigIntStats } from 'node:fs';
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FerryError } from '../errors';
import type { DigestCache } from './digest-cache';
import { digestAll, type Digester, type Digests } from './digests';
import { diskFailure, isErrno } from './disk-failures';
import { syncDirectory } from './sync-directory';

/**
 * Makes the target's directory when only the last step of the path is missing.
 *
 * @throws {FerryError} TARGET_PARENT_MISSING, TARGET_NOT_WRITABLE
 */
export async function ensureDirectory(target: string): Promise<void> {
  const directory = dirname(target);
  const known = await stat(directory).catch(() => null);
  if (known?.isDirectory() === true) return;
  const parent = dirname(directory);
  if (known !== null || !((await stat(parent).catch(() => null))?.isDirectory() ?? false)) {
    const message = `${directory} is no directory, and ${parent} in which to make it does not exist.`;
    throw new FerryError('TARGET_PARENT_MISSING', message);
  }
  try {
    await mkdir(directory);
    await syncDirectory(parent);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw diskFailure(error, directory);
  }
}

/**
 * Digests of the file at the target; null when there is none. Only a regular file of this size can be the one wanted.
 *
 * @throws {FerryError} TARGET_EXISTS when something else is there
 */
export async function digestsOfTarget(
  target: string,
  sizeBytes: number,
  { cache, newDigester }: { readonly cache: DigestCache; readonly newDigester: (sizeBytes: number) => Digester },
  signal: AbortSignal,
): Promise<Digests | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const exists = new FerryError('TARGET_EXISTS', `${target} exists already and is another file.`);
  const handle = await open(target, flags).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return null;
    throw isErrno(error, 'ENOTDIR') ? diskFailure(error, target) : exists;
  });
  if (handle === null) return null;
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile() || Number(stats.size) !== sizeBytes) throw exists;
    return cache.get(stats) ?? (await digestsOfFile(handle, stats, cache, newDigester(sizeBytes), signal));
  } finally {
    await handle.close();
  }
}

/** Digests of the whole file, kept in the cache. */
export async function digestsOfFile(
  handle: FileHandle,
  stats: BigIntStats,
  cache: DigestCache,
  digester: Digester,
  signal: AbortSignal,
): Promise<Digests> {
  try {
    await digestRange(handle, digester, Number(stats.size), signal);
    const digests = await digester.finish();
    cache.set(stats, digests);
    return digests;
  } finally {
    digester.dispose();
  }
}

/** Feeds the first `length` bytes of a file to the digester; false when the file is shorter. */
export function digestRange(
  handle: FileHandle,
  digester: Digester,
  length: number,
  signal: AbortSignal,
): Promise<boolean> {
  const fill = async (buffer: Buffer, position: number): Promise<number> =>
    (await handle.read(buffer, 0, buffer.length, position)).bytesRead;
  return digestAll(fill, length, digester, signal);
}
