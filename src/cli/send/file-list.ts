/** The files that a person named: as arguments, and in a list (`--files-from`). */
import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isFerryError } from '../../errors';
import { formatBytes } from '../../lib/bytes';
import { systemCode } from '../../lib/system-code';
import type { Io } from '../shared/io';
import { usageError } from '../shared/output/output';

export async function gatherFiles(named: readonly string[], listFrom: string | undefined, io: Io): Promise<string[]> {
  if (listFrom === undefined) return [...named];
  const title = listFrom === '-' ? 'The list on standard input' : `The list of files ${listFrom}`;
  return [...named, ...splitList(await readList(listFrom, title, io), title)];
}

/** Enough for a million names. A larger file was given by mistake, such as a film. */
const LARGEST_LIST_BYTES = 256 * 1024 * 1024;

async function readList(from: string, title: string, io: Io): Promise<Buffer> {
  if (from === '-') return buffer(io.stdin);
  const path = isAbsolute(from) ? from : resolve(io.cwd, from);
  try {
    const { size } = await stat(path);
    if (size > LARGEST_LIST_BYTES) throw usageError(`${title} has ${formatBytes(size)}: that is not a list of names.`);
    return await readFile(path);
  } catch (error) {
    if (isFerryError(error)) throw error;
    throw usageError(`${title} cannot be read (${systemCode(error) ?? 'unknown'}).`);
  }
}

/**
 * The names of a list: one a line, with or without a carriage return; or NUL separated if there is a NUL (`find
 * -print0`). UTF-8, or UTF-16 with its byte order mark. USAGE for other files, because with `--skip-bad` an accidental
 * name would be sent.
 */
export function splitList(list: Buffer, title = 'The list'): string[] {
  const text = decodeList(list, title);
  const parts = text.includes('\0') ? text.split('\0') : text.split(/\r?\n/);
  return parts.filter((part) => part !== '');
}

function decodeList(list: Buffer, title: string): string {
  if (list[0] === 0xff && list[1] === 0xfe) return decodeUtf16('utf-16le', list, title);
  if (list[0] === 0xfe && list[1] === 0xff) return decodeUtf16('utf-16be', list, title);
  if (looksLikeUtf16(list)) throw usageError(`${title} is UTF-16 without a byte order mark. Save it as UTF-8.`);
  if (looksBinary(list)) {
    throw usageError(`${title} is not text: a picture, a document or a program may have been given by mistake.`);
  }
  // Names that are not UTF-8 stay in the list: each gets its own error later.
  return list.toString('utf8').replace(/^\ufeff/, '');
}

function decodeUtf16(encoding: 'utf-16le' | 'utf-16be', list: Buffer, title: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(list);
  } catch {
    throw usageError(`${title} begins like UTF-16, but is not. Save it as UTF-8.`);
  }
}

const LOOKED_AT_BYTES = 65_536;

/**
 * True when every second byte is a NUL and one of the "names" between them is a line break, a dot or a slash, which a
 * NUL separated list of names with one letter each does not have.
 */
function looksLikeUtf16(list: Buffer): boolean {
  const head = list.subarray(0, LOOKED_AT_BYTES);
  const nuls = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) nuls[at % 2]! += 1;
  const most = Math.max(...nuls);
  return most > head.length * 0.4 && /(?:^|\0)[\r\n./\\](?:\0|$)/.test(head.toString('latin1'));
}

/** True when many bytes are control characters or not UTF-8: few bytes of names are, and half of a picture's. */
function looksBinary(list: Buffer): boolean {
  const head = list.subarray(0, LOOKED_AT_BYTES);
  if (head.toString('latin1', 0, 5) === '%PDF-') return true;
  const odd = isUtf8(head) ? 0 : head.toString('utf8').split('\ufffd').length - 1;
  const controls = head.filter((byte) => (byte < 32 && ![0, 9, 10, 13].includes(byte)) || byte === 127).length;
  return odd + controls > head.length * 0.2;
}
