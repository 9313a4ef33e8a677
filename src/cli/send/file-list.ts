import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { usageError } from '../shared/output/output';
import type { Io } from '../shared/io';
import { isAbsolute, resolve } from 'node:path';
import { systemCode } from '../../lib/system-code';

/** The files that a person named: on the command line, and in a list. */
export async function gatherFiles(named: readonly string[], listFrom: string | undefined, io: Io): Promise<string[]> {
  const listed = listFrom === undefined ? [] : splitList(await readList(listFrom, io));
  return [...named, ...listed];
}

async function readList(from: string, io: Io): Promise<Buffer> {
  if (from === '-') return buffer(io.stdin);
  try {
    return await readFile(isAbsolute(from) ? from : resolve(io.cwd, from));
  } catch (error) {
    const reason = systemCode(error) ?? 'unknown';
    throw usageError(`The list of files ${from} cannot be read (${reason}).`);
  }
}

/** Newline separated, a carriage return before it ignored; NUL separated where it contains one (`find -print0`). */
export function splitList(list: Buffer): string[] {
  const text = list.toString('utf8').replace(/^\ufeff/, '');
  const parts = text.includes('\0') ? text.split('\0') : text.split(/\r?\n/);
  return parts.filter((part) => part !== '');
}
