/**
 * Says of which object a part is. Renamed into place, so it is there whole or not at all; what a kill or a full disk leaves
 * under the name before that is taken away with it. Written only when a fetch takes longer than a moment, or ends before
 * it is done: what a fetch of a moment lost is as quickly fetched again.
 * Not fsynced: a crash of the machine may cost the part, never make it lie, for the digest has the last word.
 */
import { constants, lstatSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { hasSystemCode } from '../lib/system-code';
import { removeFile } from '../lib/file-names';

/** What tells one version of an object from another. */
export interface ObjectIdentity {
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface Sidecar {
  /** As it was found; null when there was none, or none of worth. */
  readonly identity: ObjectIdentity | null;
  saveSoon(identity: ObjectIdentity): void;
  /** Saves what was to be saved soon, if anything. False when the disk has no room: a later call tries again. */
  saveNow(): Promise<boolean>;
  /** Takes it away, and forgets what was to be saved. */
  remove(): Promise<void>;
}

const SAVE_AFTER_MS = 300;

export function openSidecar(path: string): Sidecar {
  // Mostly there is none, and a look is cheaper than an error.
  const there = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  const text = there ? readFileSync(path, 'utf8') : null;
  let onDisk = text !== null;
  let unsaved: ObjectIdentity | null = null;
  let timer: NodeJS.Timeout | undefined;
  let saving: Promise<boolean> = Promise.resolve(true);

  function saveNow(): Promise<boolean> {
    clearTimeout(timer);
    if (unsaved !== null) saving = save(unsaved);
    unsaved = null;
    return saving;
  }

  async function save(identity: ObjectIdentity): Promise<boolean> {
    onDisk = true;
    try {
      await write(path, identity);
      return true;
    } catch (error) {
      // Without it the part is worth nothing, which is no reason to end the fetch.
      if (!hasSystemCode(error, 'ENOSPC', 'EDQUOT')) return true;
      unsaved = identity;
      return false;
    }
  }

  return {
    identity: text === null ? null : parse(text),
    saveSoon(identity) {
      unsaved = identity;
      timer = setTimeout(() => void saveNow(), SAVE_AFTER_MS);
    },
    saveNow,
    async remove() {
      clearTimeout(timer);
      await saving;
      unsaved = null;
      saving = Promise.resolve(true);
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
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  try {
    const handle = await open(freshName(path), flags, 0o666);
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
