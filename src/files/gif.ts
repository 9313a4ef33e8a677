import type { FileHandle } from 'node:fs/promises';

const CHUNK = 64 * 1024;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const END = 0x3b;

/**
 * Encoders fill all blocks of a frame but the last. A file that ends behind a shorter block lost only its marks.
 */
const FULL_BLOCK = 254;

/** `cut`: in the middle of a frame. `no-mark`: only marks at the end are missing. */
export type GifEnd = 'whole' | 'no-mark' | 'cut';

/**
 * Finds out how a GIF ends. The image library decodes the first frame completely and ignores faults in other frames, so
 * it accepts an animation that lost its second half. A file that ends exactly between two frames counts as a file
 * without its end mark. Bytes after the end mark are ignored.
 */
export async function gifEnd(file: FileHandle, sizeBytes: number): Promise<GifEnd> {
  const bytes = new Bytes(file);
  bytes.skip(10);
  const screen = await bytes.next();
  bytes.skip(2 + colourTableBytes(screen));
  for (;;) {
    const block = await bytes.next();
    if (block === EXTENSION) bytes.skip(1);
    else if (block === IMAGE) await skipImageHead(bytes);
    else return block === END ? 'whole' : 'no-mark';
    const last = await skipSubBlocks(bytes);
    if (last === null) continue;
    const isCut = last === 0 || last >= FULL_BLOCK || bytes.position !== sizeBytes;
    return isCut ? 'cut' : 'no-mark';
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

/** Null after the empty sub-block that ends the frame. At the end of the file, the size of the last sub-block, or 0. */
async function skipSubBlocks(bytes: Bytes): Promise<number | null> {
  for (let last = 0; ;) {
    const size = await bytes.next();
    if (size === null) return last;
    if (size === 0) return null;
    bytes.skip(size);
    last = size;
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

  get position(): number {
    return this.#at;
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
