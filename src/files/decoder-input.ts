import type { FileHandle } from 'node:fs/promises';
import { readAt } from './read';

/** A larger picture is read by the decoder itself, through the descriptor. */
const IN_MEMORY = 16 * 1024 * 1024;

/**
 * What a decoder reads: the bytes, or a path that stands for the open descriptor. Never the name of the file: the decoder
 * takes "[...]" at its end for options, and another file may have taken its place meanwhile.
 */
export type DecoderInput = Buffer | string;

/** @returns null for a large file on a system where no path stands for a descriptor of this process */
export async function decoderInput(file: FileHandle, sizeBytes: number): Promise<DecoderInput | null> {
  if (sizeBytes <= IN_MEMORY) return readAt(file, 0, sizeBytes);
  // Elsewhere /dev/fd shares the descriptor's position with everybody who reads from it.
  return process.platform === 'linux' ? `/proc/self/fd/${file.fd}` : null;
}
