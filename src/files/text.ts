import type { FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';

const CHUNK = 256 * 1024;

/**
 * True when the whole file is text: valid UTF-8, or UTF-16 with a byte order mark, without NUL characters.
 * Reads it once, a chunk at a time, and stops at the first byte that is no text.
 */
export async function isText(file: FileHandle, signal?: AbortSignal): Promise<boolean> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  let decoder: TextDecoder | null = null;
  let position = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, CHUNK, position);
    decoder ??= new TextDecoder(encodingOf(buffer.subarray(0, bytesRead)), { fatal: true });
    const text = decode(decoder, buffer.subarray(0, bytesRead), bytesRead > 0);
    if (text === null || text.includes('\0')) return false;
    if (bytesRead === 0) return true;
    position += bytesRead;
  }
}

function encodingOf(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

function decode(decoder: TextDecoder, bytes: Buffer, more: boolean): string | null {
  try {
    return decoder.decode(bytes, { stream: more });
  } catch {
    return null;
  }
}
