/**
 * A download under way: `<target>.part` holds its first bytes, `<target>.part.json` says of which object (ETag, size).
 *
 * Invariants: bytes are written in order, so the length of the part is what is valid. A part without a valid sidecar is
 * worth nothing; one that is a second old has it. What a crash of the machine may break is found by the digest.
 */
import { createHash } from 'node:crypto';
import { constants, linkSync, lstatSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FerryError } from '../errors';
import { syncDirectory } from '../lib/sync-directory';
import { hasSystemCode } from '../lib/system-code';
import { NO_LINKS, removeFile, removeLargeFile } from '../lib/file-names';
import { diskFailure } from './disk-failures';
import { OpenFile } from './open-file';
import { openSidecar, removeFresh, type ObjectIdentity } from './sidecar';

export interface PartFile {
  readonly path: string;
  readonly file: OpenFile;
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
  /** What was neither placed nor discarded can be resumed. */
  close(): Promise<void>;
}

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

interface Opened {
  readonly file: OpenFile;
  readonly size: number;
}

/** Opens the part of this target, new or left by an earlier attempt. The caller holds the target's lock. */
export async function openPart(target: string): Promise<PartFile> {
  const paths = companionPaths(target);
  try {
    const opened = await openOwn(paths.part);
    try {
      return partFile(opened, target, paths);
    } catch (error) {
      opened.file.close();
      throw error;
    }
  } catch (error) {
    throw diskFailure(error, paths.part);
  }
}

async function openOwn(path: string): Promise<Opened> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const taken = `${path} is in the way: it is not a file of Ferry's.`;
  const file = await OpenFile.make(path, flags).catch((error: unknown) => {
    throw hasSystemCode(error, 'ELOOP', 'EISDIR', 'ENXIO')
      ? new FerryError('TARGET_EXISTS', taken, { cause: error })
      : error;
  });
  const stats = file.stat();
  if (stats.isFile() && stats.nlink === 1n) return { file, size: Number(stats.size) };
  file.close();
  if (!stats.isFile()) throw new FerryError('TARGET_EXISTS', taken);
  // A crash came between naming the finished file and taking away its old name: to write here would write there.
  removeFile(path);
  return openOwn(path);
}

function partFile(
  { file, size }: Opened,
  target: string,
  paths: { readonly part: string; readonly sidecar: string },
): PartFile {
  const sidecar = openSidecar(paths.sidecar);
  // One that is longer than its object is not a part of it.
  const have = sidecar.identity === null || size > sidecar.identity.sizeBytes ? 0 : size;
  return {
    path: paths.part,
    file,
    resumable: sidecar.identity !== null && have > 0 ? { ...sidecar.identity, have } : null,
    async begin(next) {
      if (size > 0) await file.truncate(0);
      await sidecar.remove();
      sidecar.saveSoon(next);
    },
    async place() {
      try {
        await file.sync();
        giveName(paths.part, target);
        await syncDirectory(dirname(target));
        // The target is the same file now: no room is given back.
        removeFile(paths.part);
        await sidecar.remove();
      } catch (error) {
        throw diskFailure(error, target);
      }
    },
    async discard() {
      // The part first: a sidecar without a part says nothing, a part whose sidecar names another object would lie.
      await removeLargeFile(paths.part);
      await sidecar.remove();
    },
    async close() {
      try {
        // On a full disk the part makes room for what says of which object it is: without that it would be worth nothing.
        if (!(await sidecar.saveNow()) && (await giveBlockBack(file))) await sidecar.saveNow();
      } finally {
        file.close();
      }
    },
  };
}

// The least that a file system gives a file, with few exceptions.
const BLOCK_BYTES = 4096;

/** False when there is none to give, or the disk would not take it back. */
async function giveBlockBack(file: OpenFile): Promise<boolean> {
  const whole = Number(file.stat().size / BigInt(BLOCK_BYTES)) * BLOCK_BYTES;
  if (whole <= BLOCK_BYTES) return false;
  return file.truncate(whole - BLOCK_BYTES).then(
    () => true,
    () => false,
  );
}

/** Deletes what an earlier fetch to this target may have left behind. */
export async function sweepPart(target: string): Promise<void> {
  const { part, sidecar } = companionPaths(target);
  await removeLargeFile(part);
  removeFile(sidecar);
  removeFresh(sidecar);
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
    // File systems without hard links: a gap between look and rename remains.
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) throw taken();
    renameSync(part, target);
  }
}
