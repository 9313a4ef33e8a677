/** Describes a file that people call text but that cannot be sent as text: the fault and its place. */
import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { foreign, type Content } from './content';
import { readAt } from './read';
import type { TextProblem } from './text';

export const WINDOW = 4096;
const COUNT_LINES_UP_TO = 16 * 1024 * 1024;
/** Bell, backspace, tab, line ends, end of file, escape. */
const CONTROLS_IN_TEXT: ReadonlySet<number> = new Set([7, 8, 9, 10, 11, 12, 13, 26, 27]);
/** Binary files often begin with a few letters. */
const TEXT_AT_LEAST = 64;
const SAVE_AS_UTF8 = 'Save it as UTF-8.';

/**
 * Describes text in another encoding and text that was cut within a character; null for other bytes. Must run before
 * the search for the short marks of other types: "GIFT" in Windows-1252 begins like a GIF.
 */
export async function otherEncoding(file: FileHandle, head: Buffer, problem: TextProblem): Promise<Content | null> {
  const wide = wideEncoding(head, problem);
  if (wide !== null) return wide;
  const { kind, at, sawMultibyte } = problem;
  if (at === null || kind === 'nul' || !isPlain(head.subarray(0, WINDOW)) || !isPlain(await around(file, at))) {
    return null;
  }
  const where = `0x${hex(await readAt(file, at, 1))} ${await place(file, at)}`;
  if (kind === 'cut' && sawMultibyte) {
    return text(`text in UTF-8 that ends in the middle of a character (${where})`, 'The file was cut: copy it again.');
  }
  if (kind === 'cut') {
    return text(
      `text that ends in the middle of a character or is not in UTF-8 (${where})`,
      `If the file was cut, copy it again; else: ${SAVE_AS_UTF8}`,
    );
  }
  if (sawMultibyte) return text(`text with a byte that is not UTF-8 (${where})`, SAVE_AS_UTF8);
  if (at === 0 && beginsWithinCharacter(head)) {
    return text(
      `text in UTF-8 that begins in the middle of a character (${where})`,
      'The file was cut: copy it again.',
    );
  }
  return text(`text in another encoding than UTF-8, ${guess(head, at)} (${where})`, SAVE_AS_UTF8);
}

/**
 * Describes text with NUL characters, and text before binary data. Must run last: many kinds of files begin with text.
 */
export async function nearlyText(file: FileHandle, head: Buffer, problem: TextProblem): Promise<Content | null> {
  const { kind, at } = problem;
  if (at === null) return text(`text in UTF-16 with ${kind === 'nul' ? 'a NUL character' : 'broken characters'}`, null);
  if (at === 0 || !isPlain(head.subarray(0, Math.min(at, WINDOW)))) return null;
  const window = await around(file, at);
  if (kind === 'nul' && isPlain(withoutNuls(window))) {
    return text(`text with a NUL character (${await place(file, at)})`, 'Remove it.');
  }
  if (at < TEXT_AT_LEAST) return null;
  return text(
    `text up to a byte that is not text (0x${hex(await readAt(file, at, 1))} ${await place(file, at)})`,
    null,
  );
}

function text(description: string, help: string | null): Content {
  return foreign('text', { description, convertTo: [], ...(help === null ? {} : { help }) });
}

/** UTF-32, and UTF-16 whose byte order mark is missing or that breaks off. */
function wideEncoding(head: Buffer, { kind, encoding, at }: TextProblem): Content | null {
  const mark = head.toString('hex', 0, 4);
  if (mark === 'fffe0000' || mark === '0000feff') return text('text in UTF-32', SAVE_AS_UTF8);
  if (encoding === 'UTF-16' && kind === 'cut') {
    return text(
      `text in UTF-16 that ends in the middle of a character (at offset ${at})`,
      'The file was cut: copy it again.',
    );
  }
  if (encoding === 'UTF-16' || kind !== 'nul') return null;
  const sample = head.subarray(0, Math.min(head.length, WINDOW) & ~1);
  for (const name of ['utf-16le', 'utf-16be']) {
    if (readsAs(name, sample)) return text('text in UTF-16 without a byte order mark', SAVE_AS_UTF8);
  }
  return null;
}

/** True when the bytes decode without fault to text that is almost only Latin, Greek or Cyrillic. */
function readsAs(encoding: string, sample: Buffer): boolean {
  try {
    const decoded = new TextDecoder(encoding, { fatal: true }).decode(sample);
    const readable = decoded.match(/[\t\n\r\x20-\x7e\u00a0-\u04ff\u2010-\u20ac]/g)?.length ?? 0;
    return readable >= 4 && readable > decoded.length * 0.9;
  } catch {
    return false;
  }
}

/**
 * In a Western encoding such bytes are letters with accents: one or two beside the plain letters of a word. In
 * encodings for Cyrillic and Greek, whole words consist of such bytes. Encodings for East Asia use bytes that are not
 * Western letters.
 */
function guess(head: Buffer, at: number): string {
  const start = at < head.length ? Math.max(0, at - 1) : 0;
  const sample = head.subarray(start, start + WINDOW).toString('latin1');
  let western = 0;
  let other = 0;
  for (const { 0: run, index } of sample.matchAll(/[\x80-\xff]+/g)) {
    const isInWord = /[A-Za-z]/.test(`${sample[index - 1] ?? ''}${sample[index + run.length] ?? ''}`);
    const hasLetters = /[\xc0-\xff]/.test(run);
    const isWestern = run.length <= 2 && /^[\x80\x84\x85\x91-\x97\x99\xa0-\xff]+$/.test(run);
    // One-letter words are common in all of these languages, so they count for neither.
    if (isWestern && hasLetters && !isInWord && run.length === 1) continue;
    if (isWestern && (isInWord || !hasLetters)) western += 1;
    else other += 1;
  }
  return western > other ? 'perhaps Windows-1252 or Latin-1' : 'perhaps one for Cyrillic, Greek or East Asia';
}

function beginsWithinCharacter(head: Buffer): boolean {
  let skip = 0;
  while (skip < 3 && ((head[skip] ?? 0) & 0xc0) === 0x80) skip += 1;
  const rest = head
    .subarray(skip, WINDOW)
    .toString('latin1')
    .replace(/[\x80-\xff]{1,3}$/, '');
  return skip > 0 && /[\x80-\xff]/.test(rest) && isUtf8(Buffer.from(rest, 'latin1'));
}

/** True when the only control characters are those of logs and printers. */
export function isPlain(bytes: Buffer): boolean {
  return bytes.every((byte) => byte >= 0x20 || CONTROLS_IN_TEXT.has(byte));
}

function withoutNuls(bytes: Buffer): Buffer {
  return bytes.filter((byte) => byte !== 0) as Buffer;
}

function around(file: FileHandle, at: number): Promise<Buffer> {
  return readAt(file, Math.max(0, at - WINDOW / 2), WINDOW);
}

async function place(file: FileHandle, at: number): Promise<string> {
  if (at > COUNT_LINES_UP_TO) return `at offset ${at}`;
  const before = await readAt(file, 0, at);
  let lines = 1;
  for (let end = before.indexOf(10); end !== -1; end = before.indexOf(10, end + 1)) lines += 1;
  return `at offset ${at}, line ${lines}`;
}

function hex(byte: Buffer): string {
  return byte.toString('hex').toUpperCase();
}
