import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { diskFailure, isErrno } from './disk-failures';
import { BLOCK_BYTES } from './part-file';
import { writeAt } from './receive-plain';

/**
 * Writes whole slots past the page cache where the file system can, and through it where not. Others keep their cache,
 * and the fsync at the end has nothing left to do.
 */
export class DirectSink {
  private readonly file: FileHandle;
  private readonly path: string;
  private direct: FileHandle | null;
  private padded = false;

  private constructor(file: FileHandle, path: string, direct: FileHandle | null) {
    this.file = file;
    this.path = path;
    this.direct = direct;
  }

  static async open(file: FileHandle, path: string): Promise<DirectSink> {
    return new DirectSink(file, path, await openDirect(file, path));
  }

  /** Writes the first `length` bytes of the slot, and up to a whole block of whatever stands behind them. */
  async write(slot: Buffer, length: number, position: number): Promise<void> {
    if (this.direct === null) return this.writeCached(slot.subarray(0, length), position);
    const blocks = Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
    try {
      const { bytesWritten } = await this.direct.write(slot, 0, blocks, position);
      this.padded ||= blocks > length;
      if (bytesWritten < length) await this.writeCached(slot.subarray(bytesWritten, length), position + bytesWritten);
    } catch (error) {
      if (!isErrno(error, 'EINVAL')) throw diskFailure(error, this.path);
      // It could be opened, but it cannot be done here after all.
      await this.close();
      await this.writeCached(slot.subarray(0, length), position);
    }
  }

  /** Any bytes at any position. */
  writeCached(bytes: Uint8Array, position: number): Promise<void> {
    return writeAt(this.file, this.path, bytes, position);
  }

  /** Cuts off what the last block had too much. */
  async trim(size: number): Promise<void> {
    try {
      if (this.padded) await this.file.truncate(size);
    } catch (error) {
      throw diskFailure(error, this.path);
    }
  }

  async close(): Promise<void> {
    await this.direct?.close();
    this.direct = null;
  }
}

/** null where the system or the file system cannot, or where the path is no longer the file. */
async function openDirect(file: FileHandle, path: string): Promise<FileHandle | null> {
  if (constants.O_DIRECT === undefined) return null;
  const handle = await open(path, constants.O_WRONLY | constants.O_DIRECT | constants.O_NOFOLLOW).catch(() => null);
  if (handle === null) return null;
  const [own, other] = await Promise.all([file.stat(), handle.stat()]);
  if (own.ino === other.ino && own.dev === other.dev) return handle;
  await handle.close();
  return null;
}
