import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { forgivenFault } from './decode';
import { decoderInput, type DecoderInput } from './decoder-input';
import { encodeToFit } from './encode-preview';
import { decoders, sharpOrNull, type Sharp } from './image';
import { isImageType } from './kinds';
import { isSameFile, openInspected, type SourceIdentity } from './open';
import { readAt } from './read';

const CHUNK_BYTES = 256 * 1024;

/**
 * A small JPEG of a picture as a data URI of at most 30,000 bytes, upright and on white. Made only of the file that was
 * inspected.
 *
 * @param sha256 digest of the bytes that the preview must show: the file may have been rewritten with its size and time
 *   restored. @default the preview shows the bytes that the file has now
 * @returns null when the file is not a picture, is too large or broken or has been replaced, or when the image library
 *   is not installed; never throws
 */
export async function makePreview(source: SourceIdentity, fileType: string, sha256?: string): Promise<string | null> {
  const sharp = sharpOrNull();
  if (sharp === null || !isImageType(fileType)) return null;
  try {
    const file = await openInspected(source);
    try {
      const preview = await decoders.use(async () => {
        const input = await decoderInput(file, source.sizeBytes);
        if (input === null) return null;
        const made = await previewOf(sharp, input, { file, sizeBytes: source.sizeBytes });
        // Afterwards, because the decoder reads a large file itself.
        return sha256 === undefined || sha256 === (await digestOf(file, input)) ? made : null;
      });
      return (await isSameFile(file, source)) ? preview : null;
    } finally {
      await file.close();
    }
  } catch {
    // A transfer without a preview is better than a failed transfer. The step inspect has refused broken pictures.
    return null;
  }
}

/** The sha256 of what the decoder has read. */
async function digestOf(file: FileHandle, input: DecoderInput): Promise<string> {
  const hash = createHash('sha256');
  if (typeof input !== 'string') return hash.update(input).digest('hex');
  for (let position = 0; ;) {
    const bytes = await readAt(file, position, CHUNK_BYTES);
    if (bytes.length === 0) return hash.digest('hex');
    hash.update(bytes);
    position += bytes.length;
  }
}

async function previewOf(
  sharp: Sharp,
  input: DecoderInput,
  opened: { readonly file: FileHandle; readonly sizeBytes: number },
): Promise<string | null> {
  try {
    return await encodeToFit(sharp, input, false);
  } catch (error) {
    if ((await forgivenFault(sharp, input, opened)) === null) throw error;
    return encodeToFit(sharp, input, true);
  }
}
