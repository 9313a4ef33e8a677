import { readdir } from 'node:fs/promises';
import { hasSystemCode } from './system-code';

/** Names of the monthly files in a directory, oldest first. Empty when the directory does not exist. */
export async function monthsIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith('.jsonl')).toSorted();
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return [];
    throw error;
  }
}
