import type { FileHandle } from 'node:fs/promises';
import { readAt } from './read';

/** The decoder reads larger pictures itself, through the descriptor. */
const IN_MEMORY = 16 * 1024 * 1024;

/**
 * The input of a decoder: the bytes, or a path that stands for the open descriptor. It is never the name of the file,
 * because the decoder reads "[...]" at the end of a name as options, and because another file may have the name by now.
 */
export type DecoderInput = Buffer | string;

/** @returns null for a large file on a system where no path stands for a descriptor of this process */
export async function decoderInput(file: FileHandle, sizeBytes: number): Promise<DecoderInput | null> {
  if (sizeBytes <= IN_MEMORY) return readAt(file, 0, sizeBytes);
  // On other systems all readers of /dev/fd share the position of the descriptor.
  return process.platform === 'linux' ? `/proc/self/fd/${file.fd}` : null;
}
