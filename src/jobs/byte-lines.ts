import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;

export interface ByteLine {
  /** Without its line feed. */
  readonly bytes: Buffer;
  readonly offset: number;
  /** Offset of the next line. */
  readonly next: number;
  /** False only for the end of a file that has no line feed at its end. */
  readonly isWhole: boolean;
}

export interface ByteLineOptions {
  /** A longer line is yielded in parts, each with `whole` false. @default no limit */
  readonly longest?: number;
}

/** Yields the lines of a file from an offset on, with their offsets. Reads a chunk at a time. */
export async function* byteLines(
  file: FileHandle,
  from = 0,
  { longest = Infinity }: ByteLineOptions = {},
): AsyncGenerator<ByteLine> {
  let offset = from;
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, offset + rest.length);
    if (bytesRead === 0) break;
    const bytes =
      rest.length === 0 ? chunk.subarray(0, bytesRead) : Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      const next = offset + end + 1;
      yield { bytes: bytes.subarray(start, end), offset: offset + start, next, isWhole: true };
      start = end + 1;
    }
    rest = bytes.subarray(start);
    offset += start;
    if (rest.length > longest) break;
  }
  if (rest.length > 0) yield { bytes: rest, offset, next: offset + rest.length, isWhole: false };
}
