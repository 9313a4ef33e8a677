import type { FileHandle } from 'node:fs/promises';

const CHUNK = 64 * 1024;
const EXTENSION = 0x21;
const IMAGE = 0x2c;

/**
 * Encoders fill all blocks of a frame but the last. A file that ends behind a shorter block lost only its marks.
 */
const FULL_BLOCK = 254;

/**
 * True when a GIF ends in the middle of a frame. The image library decodes the first frame completely and ignores
 * faults of the other frames, so it accepts a moving picture without its second half. Missing marks at the end are
 * accepted, as in every viewer. Bytes behind the end mark are ignored.
 */
export async function isCutGif(file: FileHandle, sizeBytes: number): Promise<boolean> {
  const bytes = new Bytes(file);
  bytes.skip(10);
  const screen = await bytes.next();
  bytes.skip(2 + colourTableBytes(screen));
  for (;;) {
    const block = await bytes.next();
    if (block === EXTENSION) bytes.skip(1);
    else if (block === IMAGE) await skipImageHead(bytes);
    else return false;
    const last = await skipSubBlocks(bytes);
    if (last !== null) return last === 0 || last >= FULL_BLOCK || bytes.position !== sizeBytes;
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

/** Null behind the empty sub-block that ends the frame; at the end of the file the size of the last sub-block, or 0. */
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
