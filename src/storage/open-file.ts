/**
 * An open file by its descriptor. Opening, looking, closing and moving few bytes are done at once, on the calling thread:
 * each takes some 10 µs, while handing it to Node's thread pool and back costs several times that in waking threads,
 * and a small transfer needs a dozen of them.
 *
 * Hazard: what is done at once holds up the event loop. So what waits for the disk goes through the pool: fsync, many
 * bytes, giving back the room of a large file, and the making of a file, which on ext4 waits for whoever is in fsync (1.6 ms were seen, 16 at once).
 */
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsync,
  ftruncate,
  open,
  openSync,
  read,
  readSync,
  writev,
  writevSync,
} from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { promisify } from 'node:util';

/** For their owner alone. */
export const PRIVATE = 0o600;

/** Up to here a file is read and written at once. */
export const SMALL_BYTES = 64 * 1024;

const openInPool = promisify(open);
const readInPool = promisify(read);
const writevInPool = promisify(writev);
const fsyncInPool = promisify(fsync);
const truncateInPool = promisify(ftruncate);

/** Errors are those of the system. Closing while something is under way is the caller's mistake: descriptors are reused. */
export class OpenFile {
  private readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Of a file that may have to be made. */
  static async make(path: string, flags: number): Promise<OpenFile> {
    return new OpenFile(await openInPool(path, flags, PRIVATE));
  }

  /** Of a file that is there. */
  static open(path: string, flags: number): OpenFile {
    return new OpenFile(openSync(path, flags));
  }

  stat(): BigIntStats {
    return fstatSync(this.fd, { bigint: true });
  }

  /** Bytes read: fewer than asked for at the end of the file, or for no reason. */
  async read(buffer: Uint8Array, position: number): Promise<number> {
    if (buffer.length <= SMALL_BYTES) return readSync(this.fd, buffer, 0, buffer.length, position);
    return (await readInPool(this.fd, buffer, 0, buffer.length, position)).bytesRead;
  }

  /** All pieces, one after the other. */
  async writeAll(pieces: readonly Uint8Array[], position: number): Promise<void> {
    let left = pieces;
    let at = position;
    while (left.length > 0) {
      const written = await this.write(left, at);
      at += written;
      left = without(left, written);
    }
  }

  /** Bytes written, which may be fewer than given. */
  async write(pieces: readonly Uint8Array[], position: number): Promise<number> {
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (bytes <= SMALL_BYTES) return writevSync(this.fd, pieces, position);
    return (await writevInPool(this.fd, pieces, position)).bytesWritten;
  }

  /** The first bytes, at once. */
  readNow(bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(this.fd, buffer, 0, bytes, 0));
  }

  changeMode(mode: number): void {
    fchmodSync(this.fd, mode);
  }

  truncate(bytes: number): Promise<void> {
    return truncateInPool(this.fd, bytes);
  }

  /** Makes the content durable. */
  sync(): Promise<void> {
    return fsyncInPool(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}

function without(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let skip = bytes;
  for (const piece of pieces) {
    if (piece.length > skip) left.push(piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
  return left;
}

/** True for a regular file of this user that nobody else may write. */
export function isOwn(stats: BigIntStats): boolean {
  const uid = process.geteuid?.();
  // Windows has neither owners by number nor these permissions.
  if (uid === undefined) return stats.isFile();
  return stats.isFile() && Number(stats.uid) === uid && (stats.mode & 0o022n) === 0n;
}
