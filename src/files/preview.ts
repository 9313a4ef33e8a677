import type { FileHandle } from 'node:fs/promises';
import { forgivenFault } from './decode';
import { decoderInput, type DecoderInput } from './decoder-input';
import { encodeToFit } from './encode-preview';
import { decoders, sharpOrNull, type Sharp } from './image';
import { isImageType } from './kinds';
import { isSameFile, openInspected, type SourceIdentity } from './open';

/**
 * A small JPEG of a picture as a data URI of at most 30,000 bytes, upright and on white. Made only of the file that was
 * inspected.
 * @returns null when the file is not a picture, is too large or broken or has been replaced, or when the image library
 *   is not installed; never throws
 */
export async function makePreview(source: SourceIdentity, fileType: string): Promise<string | null> {
  const sharp = sharpOrNull();
  if (sharp === null || !isImageType(fileType)) return null;
  try {
    const file = await openInspected(source);
    try {
      const preview = await decoders.use(async () => {
        const input = await decoderInput(file, source.sizeBytes);
        return input === null ? null : await previewOf(sharp, input, { file, sizeBytes: source.sizeBytes });
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
