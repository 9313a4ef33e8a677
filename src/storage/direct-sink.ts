import { constants } from 'node:fs';
import { hasSystemCode } from '../lib/system-code';
import { diskFailure } from './disk-failures';
import { OpenFile } from './open-file';
import { BLOCK_BYTES } from './part-file';
import { writeAt } from './receive-plain';

/**
 * Writes whole slots past the page cache where the file system can, and through it where not. Others keep their cache,
 * and the fsync at the end has nothing left to do.
 */
export class DirectSink {
  private readonly file: OpenFile;
  private readonly path: string;
  private direct: OpenFile | null;
  private padded = false;

  private constructor(file: OpenFile, path: string, direct: OpenFile | null) {
    this.file = file;
    this.path = path;
    this.direct = direct;
  }

  static open(file: OpenFile, path: string): DirectSink {
    return new DirectSink(file, path, openDirect(file, path));
  }

  /** Writes the first `length` bytes of the slot, and up to a whole block of whatever stands behind them. */
  async write(slot: Buffer, length: number, position: number): Promise<void> {
    if (this.direct === null) return this.writeCached(slot.subarray(0, length), position);
    const blocks = Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
    try {
      const bytesWritten = await this.direct.write(slot.subarray(0, blocks), position);
      this.padded ||= blocks > length;
      if (bytesWritten < length) await this.writeCached(slot.subarray(bytesWritten, length), position + bytesWritten);
    } catch (error) {
      if (!hasSystemCode(error, 'EINVAL')) throw diskFailure(error, this.path);
      // It could be opened, but it cannot be done here after all.
      this.close();
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

  close(): void {
    this.direct?.close();
    this.direct = null;
  }
}

/** null where the system or the file system cannot, or where the path is no longer the file. */
function openDirect(file: OpenFile, path: string): OpenFile | null {
  if (constants.O_DIRECT === undefined) return null;
  let direct: OpenFile | null = null;
  try {
    direct = OpenFile.open(path, constants.O_WRONLY | constants.O_DIRECT | constants.O_NOFOLLOW);
    const [own, other] = [file.stat(), direct.stat()];
    if (own.ino === other.ino && own.dev === other.dev) return direct;
  } catch {
    // Written through the page cache then.
  }
  direct?.close();
  return null;
}
