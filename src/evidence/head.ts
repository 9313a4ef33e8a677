/** Finds the position of the next line of a chained file. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { genesis, readChainedLine } from './line';
import { linesIn } from './lines-in';
import type { AuditKey, AuditRing, Head } from './types';

export interface WritePlace {
  readonly head: Head;
  /** Bytes of the file that stay. A chained line that a kill has torn is cut off. */
  readonly size: number;
  /** True when a line break is missing before the next line. */
  readonly lacksBreak: boolean;
}

/** Enough for a receipt with the longest paths and caption. */
const TAIL_BYTES = 65_536;

const NEWLINE = 0x0a;

/** Reads the end of the file. Reads the whole file only if the end is not sufficient. */
export async function placeIn(handle: FileHandle, path: string, file: string, keys: AuditRing): Promise<WritePlace> {
  const { size } = await handle.stat();
  return (await placeByTail(handle, size, keys)) ?? (await placeByWhole(path, file, keys));
}

async function placeByTail(handle: FileHandle, size: number, keys: readonly AuditKey[]): Promise<WritePlace | null> {
  const length = Math.min(size, TAIL_BYTES);
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
  if (length === 0 || buffer[length - 1] !== NEWLINE) return null;
  const begin = buffer.lastIndexOf(NEWLINE, length - 2) + 1;
  if (begin === 0 && length < size) return null;
  const read = readChainedLine(buffer.subarray(begin, length - 1), keys);
  return read?.state === 'ours' ? { head: headOf(read), size, lacksBreak: false } : null;
}

async function placeByWhole(path: string, file: string, keys: AuditRing): Promise<WritePlace> {
  let head: Head | null = null;
  let size = 0;
  let lacksBreak = false;
  const before = createHash('sha256');
  for await (const { bytes, end, isWhole } of linesIn(path)) {
    const read = readChainedLine(bytes, keys);
    if (read?.state === 'ours') head = headOf(read);
    // A torn chained line was never acknowledged, so it is removed. Lines of an earlier version stay.
    if (!isWhole && head !== null && read?.state !== 'ours') break;
    if (head === null) before.update(bytes).update('\n');
    size = end;
    lacksBreak = !isWhole;
  }
  return { head: head ?? genesis(keys[0], file, before.digest('hex')), size, lacksBreak };
}

function headOf({ n, mac }: Head): Head {
  return { n, mac };
}
