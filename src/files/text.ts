import { isAscii, isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { readAt } from './read';

const CHUNK = 256 * 1024;

/** Why a file is not text. */
export interface TextProblem {
  /**
   * `invalid`: a byte that the encoding does not allow there; `cut`: the file ends within a character; `nul`: a NUL.
   */
  readonly kind: 'invalid' | 'cut' | 'nul';
  readonly encoding: 'UTF-8' | 'UTF-16';
  /** Offset of the first byte that is wrong; null where the decoder does not tell. */
  readonly at: number | null;
  /** True when characters of several bytes came before, which proves the encoding. */
  readonly sawMultibyte: boolean;
}

/**
 * Null when the whole file is text: valid UTF-8, or UTF-16 with a byte order mark, without NUL characters. Reads it
 * once, a chunk at a time, and stops at the first byte that is wrong.
 */
export async function findTextProblem(file: FileHandle, signal?: AbortSignal): Promise<TextProblem | null> {
  const start = await readAt(file, 0, 2);
  if (start[0] === 0xff && start[1] === 0xfe) return problemInUtf16(file, 'utf-16le', signal);
  if (start[0] === 0xfe && start[1] === 0xff) return problemInUtf16(file, 'utf-16be', signal);
  return problemInUtf8(file, signal);
}

async function problemInUtf8(file: FileHandle, signal?: AbortSignal): Promise<TextProblem | null> {
  let sawMultibyte = false;
  let carried = 0;
  for (let position = 0; ;) {
    signal?.throwIfAborted();
    const base = position - carried;
    // The bytes of a character that the last chunk cut are read again.
    const chunk = await readAt(file, base, CHUNK);
    const unfinished = unfinishedBytes(chunk);
    const whole = chunk.subarray(0, chunk.length - unfinished);
    const problem = firstProblem(whole);
    const { kind, at } = problem ?? { kind: 'cut' as const, at: whole.length };
    sawMultibyte ||= !isAscii(whole.subarray(0, at));
    const isLast = chunk.length < CHUNK;
    if (problem !== null || (isLast && unfinished > 0)) {
      return { kind, encoding: 'UTF-8', at: base + at, sawMultibyte };
    }
    if (isLast) return null;
    position = base + chunk.length;
    carried = unfinished;
  }
}

function firstProblem(bytes: Buffer): { readonly kind: 'invalid' | 'nul'; readonly at: number } | null {
  const nul = bytes.indexOf(0);
  const before = nul === -1 ? bytes : bytes.subarray(0, nul);
  if (!isUtf8(before)) return { kind: 'invalid', at: firstInvalid(before) };
  return nul === -1 ? null : { kind: 'nul', at: nul };
}

/** Offset of the first byte that does not belong to UTF-8, found by halving: a prefix of valid text is valid text. */
function firstInvalid(bytes: Buffer): number {
  let valid = 0;
  let invalid = bytes.length;
  const isValid = (length: number): boolean => {
    const prefix = bytes.subarray(0, length);
    return isUtf8(prefix.subarray(0, length - unfinishedBytes(prefix)));
  };
  // Text that ends within a character before a NUL counts as valid.
  if (isValid(invalid)) return invalid - unfinishedBytes(bytes);
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >>> 1;
    if (isValid(middle)) valid = middle;
    else invalid = middle;
  }
  return valid - unfinishedBytes(bytes.subarray(0, valid));
}

/** The number of bytes at the end that begin an incomplete character of UTF-8. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes.readUInt8(bytes.length - back);
    if (byte < 0x80) return 0;
    if (byte >= 0xc2 && byte <= 0xf4) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
    if (byte >= 0xc0) return 0;
  }
  return 0;
}

async function problemInUtf16(
  file: FileHandle,
  encoding: 'utf-16le' | 'utf-16be',
  signal?: AbortSignal,
): Promise<TextProblem | null> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  for (let position = 0; ;) {
    signal?.throwIfAborted();
    const chunk = await readAt(file, position, CHUNK);
    const text = decode(decoder, chunk, chunk.length > 0);
    const kind = text === null ? (chunk.length === 0 ? 'cut' : 'invalid') : text.includes('\0') ? 'nul' : null;
    if (kind !== null) return { kind, encoding: 'UTF-16', at: kind === 'cut' ? position : null, sawMultibyte: true };
    if (chunk.length === 0) return null;
    position += chunk.length;
  }
}

function decode(decoder: TextDecoder, bytes: Buffer, more: boolean): string | null {
  try {
    return decoder.decode(bytes, { stream: more });
  } catch {
    return null;
  }
}
