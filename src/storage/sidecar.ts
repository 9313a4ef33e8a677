/**
 * Says of which object a part is. Renamed into place, so it is there whole or not at all; what a kill or a full disk leaves
 * under the name before that is taken away with it. Written only when a fetch takes longer than a moment, or ends before
 * it is done: what a fetch of a moment lost is as quickly fetched again.
 * Not fsynced: a crash of the machine may cost the part, never make it lie, for the digest has the last word.
 */
import { constants, lstatSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { removeFile } from '../lib/file-names';
import { isOwn, OpenFile, PRIVATE } from './open-file';

/** What tells one version of an object from another. */
export interface ObjectIdentity {
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface Sidecar {
  saveSoon(identity: ObjectIdentity, afterMs?: number): void;
  /** Saves what was to be saved soon, if anything. */
  saveNow(): Promise<void>;
  /** Takes it away, and forgets what was to be saved. */
  remove(): Promise<void>;
}

const SAVE_AFTER_MS = 300;
const LONGEST_BYTES = 4096;

/** null: there is none, or none that this user alone may write and that is whole. */
export function readSidecar(path: string): ObjectIdentity | null {
  // Mostly there is none, and a look is cheaper than an error.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
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

/** @param isThere a sidecar of Ferry's lies there already */
export function openSidecar(path: string, isThere: boolean): Sidecar {
  let onDisk = isThere;
  let unsaved: ObjectIdentity | null = null;
  let timer: NodeJS.Timeout | undefined;
  let saving: Promise<void> = Promise.resolve();

  function saveNow(): Promise<void> {
    clearTimeout(timer);
    if (unsaved !== null) saving = save(unsaved);
    unsaved = null;
    return saving;
  }

  async function save(identity: ObjectIdentity): Promise<void> {
    onDisk = true;
    // Without a sidecar the part is worth nothing, which is not a reason to end the fetch.
    await write(path, identity).catch(() => undefined);
  }

  return {
    saveSoon(identity, afterMs = SAVE_AFTER_MS) {
      unsaved = identity;
      timer = setTimeout(() => void saveNow(), afterMs);
    },
    saveNow,
    async remove() {
      clearTimeout(timer);
      await saving;
      unsaved = null;
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

/** Takes away what a sidecar is before it has its name. Mostly there is none, and a look is cheaper than an error. */
export function removeFresh(path: string): void {
  const fresh = freshName(path);
  if (lstatSync(fresh, { throwIfNoEntry: false }) !== undefined) removeFile(fresh);
}
