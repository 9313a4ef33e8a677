import type { FileHandle } from 'node:fs/promises';
import { readAt } from './read';

const HEADER = '%PDF-';
/** Viewers search this many bytes for the header. */
const HEADER_WITHIN = 1024;
const TAIL = 4096;

/** Where the header of a PDF begins within the first 1,024 bytes; null when there is none. */
export function pdfHeaderAt(head: Buffer): number | null {
  const at = head.subarray(0, HEADER_WITHIN + HEADER.length).indexOf(HEADER);
  return at === -1 ? null : at;
}

/**
 * True when a file that is text is also a PDF. At least two of three signs must be present: the header is at the start
 * of the file, the header is a line of its own, and the file ends with the trailer of a PDF. A text about PDF rarely
 * has two.
 */
export async function isPdfInText(file: FileHandle, sizeBytes: number, head: Buffer, at: number): Promise<boolean> {
  const isLine = /^%PDF-\d\.\d *[\r\n]/.test(head.toString('latin1', at, at + 16));
  if (isLine && at === 0) return true;
  return (isLine || at === 0) && hasTrailer(file, sizeBytes);
}

/** True when the bytes behind the header are those of a PDF, in a file that is not text. */
export async function isPdfInBinary(file: FileHandle, sizeBytes: number, head: Buffer, at: number): Promise<boolean> {
  return at === 0 || /[\r\n]\d+ \d+ obj\b/.test(head.toString('latin1', at)) || hasTrailer(file, sizeBytes);
}

async function hasTrailer(file: FileHandle, sizeBytes: number): Promise<boolean> {
  const tail = await readAt(file, Math.max(0, sizeBytes - TAIL), TAIL);
  return /startxref\s+\d+\s+%%EOF\s*$/.test(tail.toString('latin1'));
}
