import { isUtf8 } from 'node:buffer';
import { readdir } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { FerryError } from '../errors';

/** Node writes this character for every byte of a name that is not UTF-8. Such a name does not lead to the file. */
const STAND_IN = '\ufffd';

/**
 * Explains a path that is not found although the file exists: a name in the path has bytes that are not UTF-8, as old
 * systems and cameras write them. Null for another reason.
 */
export async function oddNameError(path: string): Promise<FerryError | null> {
  const odd = firstOddName(resolve(path));
  if (odd === null) return null;
  const { directory, name } = odd;
  const names = await readdir(directory, { encoding: 'buffer' }).catch(() => []);
  const bytes = names.find((there) => there.toString() === name && !isUtf8(there));
  if (bytes === undefined) return null;
  const at = firstOddByte(bytes);
  const byte = bytes.toString('hex', at, at + 1).toUpperCase();
  const message = `The name ${join(directory, name)} is not UTF-8: it has the byte 0x${byte} at offset ${at}.`;
  return new FerryError('SOURCE_MISSING', message, {
    details: { path, byte, offset: at },
    remedy: 'Rename it, then send it.',
  });
}

function firstOddName(path: string): { readonly directory: string; readonly name: string } | null {
  let found: { readonly directory: string; readonly name: string } | null = null;
  for (let at = path; at !== parse(at).root; at = dirname(at)) {
    const { base, dir } = parse(at);
    if (base.includes(STAND_IN)) found = { directory: dir, name: base };
  }
  return found;
}

/** Offset of the first byte that does not begin, or belong to, a character of UTF-8. */
function firstOddByte(name: Buffer): number {
  for (let at = 0; at < name.length;) {
    const length = [1, 2, 3, 4].find((bytes) => at + bytes <= name.length && isUtf8(name.subarray(at, at + bytes)));
    if (length === undefined) return at;
    at += length;
  }
  return 0;
}
