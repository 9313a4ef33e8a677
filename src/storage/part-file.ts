/**
 * A download under way: `<target>.part` holds its first bytes, `<target>.part.json` says of which object (ETag, size).
 *
 * Invariants: bytes are written in order, so the length of the part is what is valid. The sidecar is renamed into
 * place, so it is there whole or not at all, and it is there before the first byte. A part without a valid sidecar is
 * worth nothing. What a crash of the machine may break beyond that is found by the digest.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FerryError } from '../errors';
import { diskFailure, isErrno } from './disk-failures';

export interface ObjectIdentity {
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface PartFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** Of which object the part is, and how many of its bytes are there; null when nothing can be resumed. */
  readonly resumable: (ObjectIdentity & { readonly have: number }) | null;
  /** Empties the part and makes it one of this object. */
  begin(identity: ObjectIdentity): Promise<void>;
  /**
   * Makes the complete part durable and gives it the target's name; never over an existing file.
   *
   * @throws {FerryError} TARGET_EXISTS
   */
  place(): Promise<void>;
  /** Deletes part and sidecar. */
  discard(): Promise<void>;
  close(): Promise<void>;
}

/** Direct I/O wants positions and lengths in multiples of this. */
export const BLOCK_BYTES = 4096;

const LONGEST_BASE_BYTES = 220;

/** Part, sidecar and lock of a target; beside it, so that a rename stays within one file system. */
export function companionPaths(target: string): { part: string; sidecar: string; lock: string } {
  const base = basename(target);
  const digest = createHash('sha256').update(base).digest('hex').slice(0, 16);
  // A name may have 255 bytes; ours must fit with its ending.
  const stem = Buffer.byteLength(base) <= LONGEST_BASE_BYTES ? base : `.ferry-${digest}`;
  const part = join(dirname(target), `${stem}.part`);
  return { part, sidecar: `${part}.json`, lock: `${part}.lock` };
}

/** Opens the part of this target, new or left by an earlier attempt. The caller holds the target's lock. */
export async function openPart(target: string): Promise<PartFile> {
  const paths = companionPaths(target);
  try {
    const handle = await openOwn(paths.part);
    try {
      return await partFile(handle, target, paths);
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw diskFailure(error, paths.part);
  }
}

async function openOwn(path: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const taken = `${path} is in the way: it is not a file of Ferry's.`;
  const handle = await open(path, flags, 0o666).catch((error: unknown) => {
    throw isErrno(error, 'ELOOP', 'EISDIR', 'ENXIO') ? new FerryError('TARGET_EXISTS', taken, { cause: error }) : error;
  });
  const stats = await handle.stat();
  if (stats.isFile() && stats.nlink === 1) return handle;
  await handle.close();
  if (!stats.isFile()) throw new FerryError('TARGET_EXISTS', taken);
  // A crash came between naming the finished file and taking away its old name: to write here would write there.
  await rm(path);
  return openOwn(path);
}

async function partFile(
  handle: FileHandle,
  target: string,
  paths: { readonly part: string; readonly sidecar: string },
): Promise<PartFile> {
  const identity = await readSidecar(paths.sidecar);
  const { size } = await handle.stat();
  const have = identity === null ? 0 : validBytes(size, identity.sizeBytes);
  return {
    path: paths.part,
    handle,
    resumable: identity !== null && have > 0 ? { ...identity, have } : null,
    async begin(next) {
      await handle.truncate(0);
      await writeSidecar(paths.sidecar, next);
    },
    async place() {
      try {
        await handle.sync();
        await giveName(paths.part, target);
        await syncDirectory(dirname(target));
        await removeBoth(paths);
      } catch (error) {
        throw diskFailure(error, target);
      }
    },
    async discard() {
      await removeBoth(paths);
    },
    close: () => handle.close(),
  };
}

/** Whole blocks only, so that writing goes on where direct I/O may begin; a last block may have been padded. */
function validBytes(partBytes: number, sizeBytes: number): number {
  return partBytes >= sizeBytes ? sizeBytes : partBytes - (partBytes % BLOCK_BYTES);
}

/** Deletes what an earlier fetch to this target may have left behind. */
export async function sweepPart(target: string): Promise<void> {
  await removeBoth(companionPaths(target));
}

// The part first: a sidecar without a part says nothing, a part whose sidecar names another object would lie.
async function removeBoth({ part, sidecar }: { readonly part: string; readonly sidecar: string }): Promise<void> {
  await rm(part, { force: true });
  await rm(sidecar, { force: true });
}

// link() refuses an existing name, which rename() would silently replace.
async function giveName(part: string, target: string): Promise<void> {
  const taken = new FerryError('TARGET_EXISTS', `${target} appeared during the fetch and is left as it is.`);
  try {
    await link(part, target);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) throw taken;
    if (!isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error;
    // File systems without hard links: a gap between look and rename remains.
    const there = await lstat(target).catch(() => null);
    if (there !== null) throw taken;
    await rename(part, target);
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } catch (error) {
    // Some network file systems cannot; the file itself is durable.
    if (!isErrno(error, 'EINVAL', 'ENOTSUP', 'EBADF')) throw error;
  } finally {
    await directory.close();
  }
}

async function readSidecar(path: string): Promise<ObjectIdentity | null> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Partial<
      Record<'v' | 'etag' | 'sizeBytes', unknown>
    > | null;
    if (value === null || value.v !== 1 || typeof value.etag !== 'string' || value.etag === '') return null;
    if (!Number.isSafeInteger(value.sizeBytes) || (value.sizeBytes as number) < 0) return null;
    return { etag: value.etag, sizeBytes: value.sizeBytes as number };
  } catch (error) {
    // Whatever is in it, when it is not ours the part is worth nothing.
    if (isErrno(error, 'EACCES', 'EPERM', 'EIO')) throw error;
    return null;
  }
}

async function writeSidecar(path: string, { etag, sizeBytes }: ObjectIdentity): Promise<void> {
  const fresh = `${path}.new`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const handle = await open(fresh, flags, 0o666);
  try {
    await handle.writeFile(`${JSON.stringify({ v: 1, etag, sizeBytes })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, path);
}
