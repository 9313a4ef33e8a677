/**
 * A download under way: `<target>.part` has its first bytes, the sidecar `<target>.part.json` names the object (ETag,
 * size).
 *
 * Invariants: bytes are written in order, so all bytes of the part are valid. A part has its sidecar before its first
 * byte, and a part without a valid sidecar cannot be resumed. The digest finds damage from a crash of the machine.
 */
import { createHash } from 'node:crypto';
import { constants, linkSync, lstatSync, renameSync, type BigIntStats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FerryError } from '../errors';
import { syncDirectory } from '../lib/sync-directory';
import { hasSystemCode } from '../lib/system-code';
import { hasName, NO_LINKS, removeFile, removeLargeFile } from '../lib/file-names';
import { diskFailure } from './disk-failures';
import { isOwn, OpenFile, PRIVATE } from './open-file';
import { openSidecar, readSidecar, removeFresh, type ObjectIdentity } from './sidecar';

export interface PartFile {
  readonly path: string;
  readonly file: OpenFile;
  /** The object of the part and the number of bytes; null when nothing can be resumed. */
  readonly resumable: (ObjectIdentity & { readonly have: number }) | null;
  /** Empties the part and assigns it to this object. */
  begin(identity: ObjectIdentity): Promise<void>;
  /**
   * Makes the complete part durable and renames it to the target; never replaces an existing file.
   *
   * @throws {FerryError} TARGET_EXISTS
   */
  place(): Promise<void>;
  /** Deletes part and sidecar. */
  discard(): Promise<void>;
  /** Closes the part. A part that was neither placed nor discarded can be resumed. */
  close(): void;
}

const LONGEST_BASE_BYTES = 220;

/** The files of a target, in the target's directory, so that a rename stays within one file system. */
interface Companions {
  readonly part: string;
  readonly sidecar: string;
}

// Names that files of others have are skipped. More than a few such files are not an accident.
const MOST_NAMES = 5;

function stemOf(target: string): string {
  const base = basename(target);
  const digest = createHash('sha256').update(base).digest('hex').slice(0, 16);
  // A name may have 255 bytes, with the ending.
  return join(dirname(target), Buffer.byteLength(base) <= LONGEST_BASE_BYTES ? base : `.ferry-${digest}`);
}

export const lockPath = (target: string): string => `${stemOf(target)}.part.lock`;

/** `x.part`, then `x.ferry-2.part` and so on. */
function companionsOf(target: string): Companions[] {
  return Array.from({ length: MOST_NAMES }, (_, index) => {
    const part = `${stemOf(target)}${index === 0 ? '' : `.ferry-${index + 1}`}.part`;
    return { part, sidecar: `${part}.json` };
  });
}

interface Opened {
  readonly file: OpenFile;
  readonly size: number;
  readonly identity: ObjectIdentity | null;
  readonly paths: Companions;
}

/**
 * Opens the part of an earlier attempt for this target, or a new part. The caller holds the target's lock.
 *
 * @param mode permissions of the finished file
 */
export async function openPart(target: string, mode: number): Promise<PartFile> {
  try {
    const opened = await openFirst(target);
    try {
      return partFile(opened, target, mode);
    } catch (error) {
      opened.file.close();
      throw error;
    }
  } catch (error) {
    throw diskFailure(error, target);
  }
}

async function openFirst(target: string): Promise<Opened> {
  for (const paths of companionsOf(target)) {
    const left = leftPart(paths, target);
    if (left !== null) return left;
    if (isForeign(paths.sidecar)) continue;
    const file = await created(paths.part);
    if (file !== null) return { file, size: 0, identity: null, paths };
  }
  const message = `Files that do not belong to Ferry have the names that the part of ${target} would have.`;
  throw new FerryError('TARGET_EXISTS', message);
}

/** Null when a file of others has the name; that file stays as it is. */
async function created(path: string): Promise<OpenFile | null> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  return OpenFile.make(path, flags).catch((error: unknown) => {
    if (hasSystemCode(error, 'EEXIST')) return null;
    throw error;
  });
}

/**
 * The part of an earlier attempt; null when there is none that surely belongs to Ferry. A part belongs to Ferry when
 * its sidecar is valid and only this user owns and may write both files. Others could have planted any other file.
 */
function leftPart(paths: Companions, target: string): Opened | null {
  const stats = lstatSync(paths.part, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.nlink > 1n && isFile(target, stats)) {
    // A crash came between the link to the target and the removal of the part's name.
    removeFile(paths.part);
    return null;
  }
  const identity = readSidecar(paths.sidecar);
  if (!isUsable(stats, identity)) return null;
  const file = OpenFile.open(paths.part, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const opened = file.stat();
  if (isUsable(opened, identity)) return { file, size: Number(opened.size), identity, paths };
  file.close();
  return null;
}

/** True for an empty file without a sidecar, which an attempt left that was killed before the first byte. */
function isUsable(stats: BigIntStats, identity: ObjectIdentity | null): boolean {
  return isOwn(stats) && stats.nlink === 1n && (identity !== null || stats.size === 0n);
}

/** True when a file that is not a sidecar has the name of the sidecar; such a file must not be overwritten. */
function isForeign(sidecar: string): boolean {
  return readSidecar(sidecar) === null && hasName(sidecar);
}

function isFile(path: string, { dev, ino }: BigIntStats): boolean {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.dev === dev && stats.ino === ino;
}

function partFile({ file, size, identity, paths }: Opened, target: string, mode: number): PartFile {
  const sidecar = openSidecar(paths.sidecar, identity !== null);
  // A part that is longer than its object is not a part of it.
  const have = identity === null || size > identity.sizeBytes ? 0 : size;
  return {
    path: paths.part,
    file,
    resumable: identity !== null && have > 0 ? { ...identity, have } : null,
    async begin(next) {
      if (size > 0) await file.truncate(0);
      sidecar.remove();
      // After a kill, a part with bytes and without a sidecar is not recognised, and stays for good.
      await sidecar.save(next);
    },
    async place() {
      try {
        if (mode !== PRIVATE) file.changeMode(mode);
        await file.sync();
        giveName(paths.part, target);
        await syncDirectory(dirname(target));
        // The target is the same file now, so this removal frees no space.
        removeFile(paths.part);
        sidecar.remove();
      } catch (error) {
        throw diskFailure(error, target);
      }
    },
    async discard() {
      // The part first: a sidecar without a part is harmless, but a part with a wrong sidecar is not.
      await removeLargeFile(paths.part);
      sidecar.remove();
    },
    close() {
      file.close();
    },
  };
}

/** Deletes the part and the sidecar of earlier fetches to this target. */
export async function sweepPart(target: string): Promise<void> {
  for (const paths of companionsOf(target)) {
    const left = leftPart(paths, target);
    left?.file.close();
    if (left !== null) await removeLargeFile(paths.part);
    // A kill may have left a sidecar alone.
    else if (hasName(paths.part) || readSidecar(paths.sidecar) === null) continue;
    removeFile(paths.sidecar);
    removeFresh(paths.sidecar);
  }
}

// link() refuses an existing name, which rename() would silently replace.
function giveName(part: string, target: string): void {
  const taken = (): FerryError =>
    new FerryError('TARGET_EXISTS', `${target} appeared during the fetch and is left as it is.`);
  try {
    linkSync(part, target);
  } catch (error) {
    if (hasSystemCode(error, 'EEXIST')) throw taken();
    if (!hasSystemCode(error, ...NO_LINKS)) throw error;
    // On file systems without hard links a gap between check and rename remains.
    if (hasName(target)) throw taken();
    renameSync(part, target);
  }
}
