/** A picture drawn in code: a ferry at sunset, as a real PNG. Needs no image library. */
import { crc32, deflateSync } from 'node:zlib';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGB, 3 bytes a pixel, row by row. */
  readonly pixels: Buffer;
}

type Colour = readonly [red: number, green: number, blue: number];

export function drawFerry(width = 960, height = 600): Picture {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const colour = colourAt(x / width, y / height);
      const at = (y * width + x) * 3;
      // A little grain, as in a photo. Without it the file would compress to almost nothing.
      const grain = ((x * 73_856_093) ^ (y * 19_349_663)) & 7;
      pixels[at] = Math.min(255, colour[0] + grain);
      pixels[at + 1] = Math.min(255, colour[1] + grain);
      pixels[at + 2] = Math.min(255, colour[2] + grain);
    }
  }
  return { width, height, pixels };
}

const HORIZON = 0.62;

function colourAt(x: number, y: number): Colour {
  if (isHull(x, y)) return [38, 42, 60];
  if (isCabin(x, y)) return [236, 232, 220];
  if (isFunnel(x, y)) return [190, 52, 44];
  return y < HORIZON ? skyAt(x, y) : waterAt(x, y);
}

const isHull = (x: number, y: number): boolean =>
  y > 0.6 && y < 0.7 && x > 0.2 + (y - 0.6) * 0.6 && x < 0.66 - (y - 0.6) * 0.4;
const isCabin = (x: number, y: number): boolean => y > 0.51 && y <= 0.6 && x > 0.27 && x < 0.58;
const isFunnel = (x: number, y: number): boolean => y > 0.41 && y <= 0.51 && x > 0.38 && x < 0.45;

function skyAt(x: number, y: number): Colour {
  const sun = Math.hypot((x - 0.76) * 1.6, y - 0.42);
  if (sun < 0.1) return [248, 236, 180];
  const glow = Math.max(0, 1 - sun * 1.6);
  const low = y / HORIZON;
  return [Math.round(60 + 150 * low + 35 * glow), Math.round(70 + 60 * low + 70 * glow), Math.round(140 - 30 * low)];
}

function waterAt(x: number, y: number): Colour {
  const wave = Math.sin(x * 90 + y * 240) * Math.sin(y * 160 - x * 20);
  const glitter = Math.abs(x - 0.76) < 0.08 && wave > 0.2 ? 90 : 0;
  const depth = (y - HORIZON) / (1 - HORIZON);
  return [
    Math.round(54 - 30 * depth + 12 * wave + glitter),
    Math.round(84 - 40 * depth + 12 * wave + glitter * 0.8),
    Math.round(120 - 40 * depth + 14 * wave),
  ].map((value) => Math.max(0, Math.min(247, value))) as unknown as Colour;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Encodes 8-bit RGB without interlacing (PNG, third edition, sections 11 and 12). */
export function encodePng({ width, height, pixels }: Picture): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Bit depth 8, colour type 2 (RGB), default compression, filters and no interlacing.
  header.set([8, 2, 0, 0, 0], 8);
  const stride = width * 3;
  const raw = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y += 1) pixels.copy(raw, y * (stride + 1) + 1, y * stride, (y + 1) * stride);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
