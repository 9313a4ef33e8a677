/** Pictures as cameras and programs write them. */
import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** Noise, the same in each run for the same seed: whether a decoder sees a missing end depends on the picture. */
export function plain(width = 120, height = 90, channels: 3 | 4 = 3, seed = 1): Sharp {
  const pixels = Buffer.alloc(width * height * channels);
  let state = seed;
  for (let at = 0; at < pixels.length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    pixels[at] = 64 + ((state >>> 16) % 128);
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

export function jpegSegment(marker: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(bytes.length + 2, 2);
  return Buffer.concat([head, bytes]);
}

/** The picture with segments put behind its start. */
export function withSegments(jpeg: Buffer, ...segments: readonly Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

/** Two pictures in one file, as stereo cameras and some phones write them. */
export function mpo(jpeg: Buffer): Buffer {
  return Buffer.concat([withSegments(jpeg, jpegSegment(0xe2, `MPF\0MM\0*${'\0'.repeat(60)}`)), jpeg]);
}

export function pngChunk(kind: string, content: Buffer | string, crc?: number): Buffer {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), Buffer.from(content)]);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(named.length - 4);
  sum.writeUInt32BE(crc ?? crc32(named));
  return Buffer.concat([size, named, sum]);
}

/** The picture with chunks put behind its header. */
export function withChunks(png: Buffer, ...chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);
}

/** A moving PNG of two equal frames. */
export function apng(png: Buffer): Buffer {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const size = png.subarray(16, 24);
  const frame = (sequence: number): Buffer =>
    pngChunk('fcTL', Buffer.concat([number(sequence), size, number(0), number(0), Buffer.from([0, 1, 0, 10, 0, 0])]));
  const data = png.indexOf('IDAT');
  const bytes = png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4));
  const whole = withChunks(png, pngChunk('acTL', Buffer.concat([number(2), number(0)])), frame(0));
  const second = [frame(1), pngChunk('fdAT', Buffer.concat([number(2), bytes]))];
  return Buffer.concat([whole.subarray(0, -12), ...second, whole.subarray(-12)]);
}

/** A Windows bitmap, uncompressed. */
export function bmp(width = 16, height = 16): Buffer {
  const file = Buffer.alloc(54 + width * height * 3, 0x80);
  file.write('BM', 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(0, 6);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt32LE(0x00180001, 26);
  file.fill(0, 30, 54);
  return file;
}

/** An ISO media file (HEIC, MP4, M4A ...) of this brand. */
export function isoMedia(brand: string): Buffer {
  const head = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(`ftyp${brand}\0\0\0\0mif1${brand}`, 'latin1')]);
  return Buffer.concat([head, Buffer.from([0, 0, 0x20, 8]), Buffer.from('mdat'), Buffer.alloc(0x2000, 0x5a)]);
}
