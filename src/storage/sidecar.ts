/**
 * Names the object of a part. A rename puts the sidecar into place, so it is complete or missing. Its temporary file,
 * which a kill or a full disk can leave, is removed with it. It is not fsynced. A crash of the machine may cost the
 * part, but cannot damage the result, because the digest decides.
 */
import { constants } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { hasName, removeFile } from '../lib/file-names';
import { isOwn, OpenFile, PRIVATE } from './open-file';

/** Identifies a version of an object. */
export interface ObjectIdentity {
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface Sidecar {
  save(identity: ObjectIdentity): Promise<void>;
  remove(): void;
}

const LONGEST_BYTES = 4096;

/** Null: there is no complete sidecar that only this user may write. */
export function readSidecar(path: string): ObjectIdentity | null {
  // Usually there is none, and a check is cheaper than an error.
  if (!hasName(path)) return null;
  try {
    const file = OpenFile.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = file.stat();
      return isOwn(stats) && stats.size <= LONGEST_BYTES ? parse(file.readNow(Number(stats.size)).toString()) : null;
    } finally {
      file.close();
    }
  } catch {
    return null;
  }
}

/** @param isThere a sidecar of Ferry exists already */
export function openSidecar(path: string, isThere: boolean): Sidecar {
  let onDisk = isThere;
  return {
    async save(identity) {
      onDisk = true;
      // Without a sidecar the part cannot be resumed, but the fetch goes on.
      await write(path, identity).catch(() => undefined);
    },
    remove() {
      if (onDisk) removeFile(path);
      onDisk = false;
      removeFresh(path);
    },
  };
}

function parse(text: string): ObjectIdentity | null {
  try {
    const value = JSON.parse(text) as Partial<Record<'v' | 'etag' | 'sizeBytes', unknown>> | null;
    if (value === null || value.v !== 1 || typeof value.etag !== 'string' || value.etag === '') return null;
    if (!Number.isSafeInteger(value.sizeBytes) || (value.sizeBytes as number) < 0) return null;
    return { etag: value.etag, sizeBytes: value.sizeBytes as number };
  } catch {
    return null;
  }
}

async function write(path: string, { etag, sizeBytes }: ObjectIdentity): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  removeFresh(path);
  try {
    const handle = await open(freshName(path), flags, PRIVATE);
    try {
      await handle.writeFile(`${JSON.stringify({ v: 1, etag, sizeBytes })}\n`);
    } finally {
      await handle.close();
    }
    await rename(freshName(path), path);
  } catch (error) {
    removeFresh(path);
    throw error;
  }
}

const freshName = (path: string): string => `${path}.new`;

/** Removes the temporary file of an unfinished write. Usually there is none, and a check is cheaper than an error. */
export function removeFresh(path: string): void {
  const fresh = freshName(path);
  if (hasName(fresh)) removeFile(fresh);
}
