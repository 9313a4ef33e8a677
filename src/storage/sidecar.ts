/**
 * Says of which object a part is. Written only when a fetch takes longer than a moment, or ends before it is done: what a
 * fetch of a moment lost is as quickly fetched again. Written where it stays, not renamed into place: a torn one is no
 * JSON and so worth nothing, while a name of the moment would be left behind by a full disk or a kill.
 * Not fsynced: a crash of the machine may cost the part, never make it lie, for the digest has the last word.
 */
import { constants, lstatSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { isErrno, removeFile } from './disk-failures';

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
      if (!isErrno(error, 'ENOSPC', 'EDQUOT')) return true;
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
  const handle = await open(path, flags, 0o666);
  try {
    await handle.writeFile(`${JSON.stringify({ v: 1, etag, sizeBytes })}\n`);
  } finally {
    await handle.close();
  }
}
