import type { FileHandle } from 'node:fs/promises';

const CHUNK = 64 * 1024;
const EXTENSION = 0x21;
const IMAGE = 0x2c;

/**
 * True when a GIF ends in the middle of a frame. The image library decodes the first frame and takes what it finds of
 * the others, so a moving picture that lost its second half would pass. A missing end mark alone is forgiven, as by
 * every viewer; what follows the end mark is not looked at.
 */
export async function isCutGif(file: FileHandle): Promise<boolean> {
  const bytes = new Bytes(file);
  bytes.skip(10);
  const screen = await bytes.next();
  bytes.skip(2 + colourTableBytes(screen));
  for (;;) {
    const block = await bytes.next();
    if (block === EXTENSION) bytes.skip(1);
    else if (block === IMAGE) await skipImageHead(bytes);
    else return false;
    if (!(await skipSubBlocks(bytes))) return true;
  }
}

async function skipImageHead(bytes: Bytes): Promise<void> {
  bytes.skip(8);
  const flags = await bytes.next();
  bytes.skip(colourTableBytes(flags) + 1);
}

function colourTableBytes(flags: number | null): number {
  return flags === null || (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1);
}

/** False when the file ends before the empty sub-block that ends them. */
async function skipSubBlocks(bytes: Bytes): Promise<boolean> {
  for (;;) {
    const size = await bytes.next();
    if (size === null) return false;
    if (size === 0) return true;
    bytes.skip(size);
  }
}

/** Reads a file forward, a chunk at a time. */
class Bytes {
  readonly #file: FileHandle;
  readonly #buffer = Buffer.allocUnsafe(CHUNK);
  #start = 0;
  #length = 0;
  #at = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** null at the end of the file. */
  async next(): Promise<number | null> {
    if (this.#at >= this.#start + this.#length) {
      this.#start = this.#at;
      this.#length = (await this.#file.read(this.#buffer, 0, CHUNK, this.#at)).bytesRead;
      if (this.#length === 0) return null;
    }
    const byte = this.#buffer.readUInt8(this.#at - this.#start);
    this.#at += 1;
    return byte;
  }
}
