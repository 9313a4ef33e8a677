import { Readable } from 'node:stream';
import { constants, createInflateRaw } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const FIRST_CHUNK = SIGNATURE.length;
const CRITICAL: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND']);
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Interlaced pictures come in seven passes: first column, first row, and the steps from one pixel to the next. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * True for a PNG that has the data of every row and no part that viewers cannot show. Its checksums and its end may be
 * wrong.
 */
export async function isWholePng(bytes: Buffer): Promise<boolean> {
  if (!bytes.subarray(0, FIRST_CHUNK).equals(SIGNATURE) || bytes.length < 33) return false;
  const chunks = [...chunksOf(bytes)];
  // A capital first letter marks a part that is needed to show the picture.
  if (chunks.some(({ kind }) => /^[A-Z]/.test(kind) && !CRITICAL.has(kind))) return false;
  const data = chunks.filter(({ kind }) => kind === 'IDAT').map((chunk) => chunk.data);
  const wanted = bytesOfRows(bytes);
  let seen = 0;
  // Raw, because the checksum of the rows may be wrong.
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  try {
    for await (const rows of Readable.from(withoutZlibHeader(data)).pipe(inflate)) {
      seen += (rows as Buffer).length;
      if (seen >= wanted) break;
    }
  } catch {
    return false;
  }
  return wanted > 0 && seen >= wanted;
}

function* withoutZlibHeader(data: Iterable<Buffer>): Generator<Buffer> {
  let skip = 2;
  for (const part of data) {
    if (part.length > skip) yield part.subarray(skip);
    skip = Math.max(0, skip - part.length);
  }
}

function* chunksOf(bytes: Buffer): Generator<{ readonly kind: string; readonly data: Buffer }> {
  for (let at = FIRST_CHUNK; at + 8 <= bytes.length;) {
    const start = at + 8;
    const end = start + bytes.readUInt32BE(at);
    const kind = bytes.toString('latin1', at + 4, start);
    yield { kind, data: bytes.subarray(start, end) };
    if (kind === 'IEND') return;
    at = end + 4;
  }
}

/** One byte for the filter of each row, and the row; 0 for values that no PNG has. */
function bytesOfRows(bytes: Buffer): number {
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const bits = (CHANNELS[bytes.readUInt8(25)] ?? 0) * bytes.readUInt8(24);
  const passes = bytes.readUInt8(28) === 1 ? PASSES : ([[0, 0, 1, 1]] as const);
  let sum = 0;
  for (const [left, top, across, down] of passes) {
    const columns = Math.max(0, Math.ceil((width - left) / across));
    const rows = Math.max(0, Math.ceil((height - top) / down));
    if (columns > 0) sum += rows * (1 + Math.ceil((columns * bits) / 8));
  }
  return bits === 0 ? 0 : sum;
}
