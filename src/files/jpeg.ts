import { openImage, type Sharp } from './image';

const END = Buffer.from([0xff, 0xd9]);
const STRIP_ROWS = 128;
const FILLER_BYTES = 64 * 1024;

/**
 * True for a JPEG that lacks only its end mark. The decoder gives the same error for a missing mark and for missing
 * pixels. So bytes are appended: behind complete pixels they change nothing; in the place of missing pixels they are
 * visible.
 */
export async function isWholeJpeg(sharp: Sharp, bytes: Buffer): Promise<boolean> {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return false;
  // The first byte of an end mark alone is not an end mark.
  const data = bytes.at(-1) === 0xff ? bytes.subarray(0, -1) : bytes;
  try {
    const [ended, filled] = await Promise.all([
      lastRows(sharp, Buffer.concat([data, END])),
      lastRows(sharp, Buffer.concat([data, filler(), END])),
    ]);
    return ended.equals(filled) && !isWithoutData(ended);
  } catch {
    return false;
  }
}

async function lastRows(sharp: Sharp, bytes: Buffer): Promise<Buffer> {
  const { width, height } = await openImage(sharp, bytes).metadata();
  const rows = Math.min(height, STRIP_ROWS);
  return openImage(sharp, bytes, { lenient: true })
    .extract({ left: 0, top: height - rows, width, height: rows })
    .raw()
    .toBuffer();
}

/** When many rows are missing, both fillings are too short as well, and the decoder paints the rest middle grey. */
function isWithoutData(pixels: Buffer): boolean {
  return pixels.every((value) => value === 128);
}

/** Noise that is always the same, without FF, which would begin a mark. */
function filler(): Buffer {
  const noise = Buffer.alloc(FILLER_BYTES);
  let state = 1;
  for (let at = 0; at < noise.length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    noise[at] = (state >>> 16) % 255;
  }
  return noise;
}
