import type { FileHandle } from 'node:fs/promises';
import { readAt } from './read';

const HEADER = '%PDF-';
/** Viewers look for the header so far from the start of a file. */
const HEADER_WITHIN = 1024;
const TAIL = 4096;

/** Where the header of a PDF begins within the first 1,024 bytes; null when there is none. */
export function pdfHeaderAt(head: Buffer): number | null {
  const at = head.subarray(0, HEADER_WITHIN + HEADER.length).indexOf(HEADER);
  return at === -1 ? null : at;
}

/**
 * True when something that reads as text is a PDF all the same: it begins with a header line, or has objects or a
 * cross-reference. A text about PDF has none of these.
 */
export async function isPdfInText(file: FileHandle, sizeBytes: number, head: Buffer, at: number): Promise<boolean> {
  if (at === 0 && /^%PDF-\d\.\d *[\r\n]/.test(head.toString('latin1', 0, 16))) return true;
  if (/[\r\n]\d+ \d+ obj\b/.test(head.toString('latin1', at))) return true;
  const tail = await readAt(file, Math.max(0, sizeBytes - TAIL), TAIL);
  return /startxref\s+\d+\s+%%EOF/.test(tail.toString('latin1'));
}
