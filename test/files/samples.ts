import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import sharp from 'sharp';
import type { SourceIdentity } from '../../src/files';
import { plain } from './support/pictures';

/** A directory of the test's own; `remove` takes it away again. */
export function tempDir(): { dir: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-files-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** What an inspection sees of a file; of one that is not there, something that no file is. */
export function identityOf(path: string): SourceIdentity {
  const stats = statSync(path, { throwIfNoEntry: false });
  return { path, sizeBytes: stats?.size ?? 1, mtimeMs: stats?.mtimeMs ?? 0, inode: stats?.ino ?? 0 };
}

/** Root may read and write everything, so what depends on rights runs as another user when the tests run as root. */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

export type Format = 'jpeg' | 'png' | 'gif';

/** A picture that does not compress well, so that its size is realistic. */
export async function picture(format: Format, width = 400, height = 300, seed = 1): Promise<Buffer> {
  const noisy = plain(width, height, 3, seed);
  // Finding a palette takes seconds otherwise.
  return format === 'gif' ? noisy.gif({ effort: 1, dither: 0 }).toBuffer() : noisy.toFormat(format).toBuffer();
}

/** The same PNG, claiming to be 100,000 pixels wide and high. */
export function claimingToBeHuge(png: Buffer): Buffer {
  const huge = Buffer.from(png);
  huge.writeUInt32BE(100_000, 16);
  huge.writeUInt32BE(100_000, 20);
  huge.writeUInt32BE(crc(huge.subarray(12, 29)), 29);
  return huge;
}

/** A GIF of several frames. */
export async function movingPicture(frames = 4): Promise<Buffer> {
  const pictures = await Promise.all(Array.from({ length: frames }, (_, index) => picture('png', 60, 40, index + 1)));
  return sharp(pictures, { join: { animated: true } })
    .gif({ effort: 1, dither: 0 })
    .toBuffer();
}

const CONTENT_TYPES = {
  docx: 'wordprocessingml.document.main',
  xlsx: 'spreadsheetml.sheet.main',
  pptx: 'presentationml.presentation.main',
};

/** The least that an office document consists of. */
export function officeDocument(kind: keyof typeof CONTENT_TYPES): Buffer {
  const type = `application/vnd.openxmlformats-officedocument.${CONTENT_TYPES[kind]}+xml`;
  const xml = `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/main.xml" ContentType="${type}"/></Types>`;
  return zip({ '[Content_Types].xml': xml, 'main.xml': '<main/>' });
}

export function zip(entries: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(entries)) {
    const data = deflateRawSync(text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc(Buffer.from(text)), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(Buffer.byteLength(text), 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, rest, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(locals.length, 8);
  end.writeUInt16LE(locals.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

/** Written out because node:zlib offers it only from Node 20.15 on. */
function crc(content: Buffer): number {
  let value = 0xffffffff;
  for (const byte of content) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}
