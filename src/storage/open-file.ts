/**
 * An open file by its descriptor. Open, stat, close, and reads and writes of few bytes are synchronous calls: each
 * takes some 10 µs, Node's thread pool would cost several times that to wake threads, and a small transfer needs a
 * dozen of them.
 *
 * Hazard: synchronous calls block the event loop. So the calls that wait for the disk go through the pool: fsync, many
 * bytes, truncating a large file, and creating a file, which on ext4 waits for any running fsync (seen: 1.6 ms, and 16
 * ms).
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

/** Only the owner may read and write. */
export const PRIVATE = 0o600;

/** Up to this size, reads and writes are synchronous. */
export const SMALL_BYTES = 64 * 1024;

const openInPool = promisify(open);
const readInPool = promisify(read);
const writevInPool = promisify(writev);
const fsyncInPool = promisify(fsync);
const truncateInPool = promisify(ftruncate);

/** Throws the system's errors. Do not close during a call, because the system reuses descriptors. */
export class OpenFile {
  private readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Opens a file, or creates it. */
  static async make(path: string, flags: number): Promise<OpenFile> {
    return new OpenFile(await openInPool(path, flags, PRIVATE));
  }

  /** Opens an existing file. */
  static open(path: string, flags: number): OpenFile {
    return new OpenFile(openSync(path, flags));
  }

  stat(): BigIntStats {
    return fstatSync(this.fd, { bigint: true });
  }

  /** Returns the number of bytes read, which may be smaller than requested, not only at the end of the file. */
  async read(buffer: Uint8Array, position: number): Promise<number> {
    if (buffer.length <= SMALL_BYTES) return readSync(this.fd, buffer, 0, buffer.length, position);
    return (await readInPool(this.fd, buffer, 0, buffer.length, position)).bytesRead;
  }

  /** Writes all pieces in order. */
  async writeAll(pieces: readonly Uint8Array[], position: number): Promise<void> {
    let left = pieces;
    let at = position;
    while (left.length > 0) {
      const written = await this.write(left, at);
      at += written;
      left = without(left, written);
    }
  }

  /** Returns the number of bytes written, which may be smaller than given. */
  async write(pieces: readonly Uint8Array[], position: number): Promise<number> {
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (bytes <= SMALL_BYTES) return writevSync(this.fd, pieces, position);
    return (await writevInPool(this.fd, pieces, position)).bytesWritten;
  }

  /** Reads the first bytes, synchronously. */
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
  // Windows has no numbers for owners, and not these permissions.
  if (uid === undefined) return stats.isFile();
  return stats.isFile() && Number(stats.uid) === uid && (stats.mode & 0o022n) === 0n;
}
