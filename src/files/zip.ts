/**
 * Reads the directory of a ZIP file. The question is only what kind of file it is, so this accepts more than an
 * unpacker: bytes before the first entry and behind the end are ignored, and a very long directory is read in part.
 */
import type { FileHandle } from 'node:fs/promises';
import { constants, inflateRawSync } from 'node:zlib';
import { readAt } from './read';

export interface ZipEntry {
  readonly name: string;
  readonly isEncrypted: boolean;
  readonly method: number;
  readonly packedBytes: number;
  /** Where the entry's local header begins. */
  readonly at: number;
}

const LOCAL = 'PK\x03\x04';
const CENTRAL = 'PK\x01\x02';
const END = 'PK\x05\x06';
const END_64 = 'PK\x06\x06';
const LOCATOR_64 = 'PK\x06\x07';
/** A comment has at most 64 kB; the rest is for bytes that somebody appended. */
const END_WITHIN = 1024 * 1024;
const DIRECTORY_LIMIT = 8 * 1024 * 1024;
const ENTRY_LIMIT = 4 * 1024 * 1024;
const IN_ZIP_64 = 0xffffffff;

export function beginsLikeZip(head: Buffer): boolean {
  const start = head.toString('latin1', 0, 4);
  return start === LOCAL || start === END || (start === 'PK\x07\x08' && head.toString('latin1', 4, 8) === LOCAL);
}

/** @returns null when the file has no directory: it was cut, or is not a ZIP */
export async function readZipDirectory(file: FileHandle, sizeBytes: number): Promise<ZipEntry[] | null> {
  const tailAt = Math.max(0, sizeBytes - END_WITHIN);
  const tail = await readAt(file, tailAt, sizeBytes - tailAt);
  for (let end = tail.lastIndexOf(END); end >= 0; end = end === 0 ? -1 : tail.lastIndexOf(END, end - 1)) {
    if (end + 22 > tail.length) continue;
    const entries = await entriesBefore(file, sizeBytes, tail.subarray(end), tailAt + end);
    if (entries !== null) return entries;
  }
  return null;
}

interface Directory {
  readonly count: number;
  readonly bytes: number;
  readonly at: number;
}

async function entriesBefore(
  file: FileHandle,
  sizeBytes: number,
  end: Buffer,
  endAt: number,
): Promise<ZipEntry[] | null> {
  const directory = (await zip64Directory(file, endAt)) ?? {
    count: end.readUInt16LE(10),
    bytes: end.readUInt32LE(12),
    at: end.readUInt32LE(16),
  };
  if (directory.count === 0) return [];
  // Bytes before the first entry make all offsets too small by the number of these bytes.
  for (const at of [directory.at, endAt - directory.bytes]) {
    if (at < 0 || at >= sizeBytes) continue;
    const bytes = await readAt(file, at, Math.min(directory.bytes, DIRECTORY_LIMIT, sizeBytes - at));
    if (bytes.toString('latin1', 0, 4) === CENTRAL) return parseDirectory(bytes, at - directory.at);
  }
  return null;
}

async function zip64Directory(file: FileHandle, endAt: number): Promise<Directory | null> {
  if (endAt < 20) return null;
  const locator = await readAt(file, endAt - 20, 20);
  if (locator.toString('latin1', 0, 4) !== LOCATOR_64) return null;
  const record = await readAt(file, Number(locator.readBigUInt64LE(8)), 56);
  if (record.length < 56 || record.toString('latin1', 0, 4) !== END_64) return null;
  return {
    count: Number(record.readBigUInt64LE(32)),
    bytes: Number(record.readBigUInt64LE(40)),
    at: Number(record.readBigUInt64LE(48)),
  };
}

function parseDirectory(bytes: Buffer, shift: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= bytes.length && bytes.toString('latin1', at, at + 4) === CENTRAL;) {
    const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    const sizes = largeSizes(bytes, at, bytes.subarray(nameEnd, extraEnd));
    entries.push({
      name: bytes.toString('utf8', at + 46, nameEnd),
      isEncrypted: (bytes.readUInt16LE(at + 8) & 1) !== 0,
      method: bytes.readUInt16LE(at + 10),
      packedBytes: sizes.packedBytes,
      at: sizes.at + shift,
    });
    at = extraEnd + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

/** Values that need more than 32 bits are in an extra field, in this order; the others are left out. */
function largeSizes(bytes: Buffer, at: number, extra: Buffer): { packedBytes: number; at: number } {
  const wide = zip64Field(extra);
  let used = 0;
  const value = (small: number): number => {
    if (small !== IN_ZIP_64 || wide.length < used + 8) return small;
    used += 8;
    return Number(wide.readBigUInt64LE(used - 8));
  };
  value(bytes.readUInt32LE(at + 24));
  const packedBytes = value(bytes.readUInt32LE(at + 20));
  return { packedBytes, at: value(bytes.readUInt32LE(at + 42)) };
}

function zip64Field(extra: Buffer): Buffer {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) return extra.subarray(at + 4, end);
    at = end;
  }
  return Buffer.alloc(0);
}

/** @returns the content of a small entry, at most 4 MB of it; null when it is encrypted or packed in an unusual way */
export async function readZipEntry(file: FileHandle, entry: ZipEntry): Promise<Buffer | null> {
  if (entry.isEncrypted || entry.at < 0) return null;
  const header = await readAt(file, entry.at, 30);
  if (header.length < 30 || header.toString('latin1', 0, 4) !== LOCAL) return null;
  const start = entry.at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = await readAt(file, start, Math.min(entry.packedBytes, ENTRY_LIMIT));
  if (entry.method === 0) return packed;
  if (entry.method !== 8) return null;
  try {
    return inflateRawSync(packed, { maxOutputLength: ENTRY_LIMIT, finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return null;
  }
}
