import { constants, type BigIntStats } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FerryError } from '../errors';
import { syncDirectory } from '../lib/sync-directory';
import { hasSystemCode } from '../lib/system-code';
import type { DigestCache } from './digest-cache';
import { createDigester, digestAll, type Digester, type Digests } from './digests';
import { diskFailure } from './disk-failures';
import { OpenFile } from './open-file';

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
    const missing = `Neither ${directory} nor its parent ${parent} exists.`;
    throw new FerryError('TARGET_PARENT_MISSING', known === null ? missing : `${directory} is not a directory.`);
  }
  try {
    await mkdir(directory);
    await syncDirectory(parent);
  } catch (error) {
    if (!hasSystemCode(error, 'EEXIST')) throw diskFailure(error, directory);
  }
}

/**
 * Digests of the file at the target; null when there is none. Only a regular file of this size can be the wanted file.
 *
 * @throws {FerryError} TARGET_EXISTS when something else is there
 */
export async function digestsOfTarget(
  target: string,
  sizeBytes: number,
  cache: DigestCache,
  signal: AbortSignal,
): Promise<Digests | null> {
  const exists = new FerryError('TARGET_EXISTS', `${target} exists already and is another file.`);
  const file = openTarget(target, exists);
  if (file === null) return null;
  try {
    const stats = file.stat();
    if (!stats.isFile() || Number(stats.size) !== sizeBytes) throw exists;
    return cache.get(stats) ?? (await digestsOfFile(file, stats, cache, signal));
  } finally {
    file.close();
  }
}

function openTarget(target: string, exists: FerryError): OpenFile | null {
  try {
    return OpenFile.open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return null;
    throw hasSystemCode(error, 'ENOTDIR') ? diskFailure(error, target) : exists;
  }
}

/** Digests of the whole file, kept in the cache. */
async function digestsOfFile(
  file: OpenFile,
  stats: BigIntStats,
  cache: DigestCache,
  signal: AbortSignal,
): Promise<Digests> {
  const digester = createDigester();
  await digestRange(file, digester, Number(stats.size), signal);
  const digests = digester.finish();
  cache.set(stats, digests);
  return digests;
}

/** Feeds the first `length` bytes of a file to the digester; false when the file is shorter. */
export function digestRange(file: OpenFile, digester: Digester, length: number, signal: AbortSignal): Promise<boolean> {
  return digestAll((buffer, position) => file.read(buffer, position), length, digester, signal);
}
