import type { FileHandle } from 'node:fs/promises';
import { forgivenFault } from './decode';
import { decoderInput, type DecoderInput } from './decoder-input';
import { decoders, ifSmall, openImage, sharpOrNull, tooManyPixels, type Image, type Sharp } from './image';
import { isImageType } from './kinds';
import { isSameFile, openInspected, type SourceIdentity } from './open';

/** Largest preview, prefix and base64 counted: LivePerson's limit. */
export const MAX_PREVIEW_BYTES = 30_000;

const PREFIX = 'data:image/jpeg;base64,';

type Size = readonly [pixels: number, quality: number];

/** Tried in this order until a preview fits; the last sizes always fit. */
const SIZES: readonly [Size, ...Size[]] = [
  [320, 75],
  [320, 55],
  [240, 60],
  [160, 60],
  [96, 50],
  [48, 40],
];

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

async function encodeToFit(sharp: Sharp, input: DecoderInput, lenient: boolean): Promise<string | null> {
  const whole = await ifSmall(sharp, input, (image) => encode(upright(image), SIZES[0]), { lenient });
  if (whole !== null && whole.length <= MAX_PREVIEW_BYTES) return whole;
  if (tooManyPixels(await openImage(sharp, input, { lenient }).metadata()) !== null) return null;
  // The large picture is decoded once; the sizes are tried on a small copy of it.
  const { data, info } = await within(upright(openImage(sharp, input, { lenient })), 320)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  for (const size of SIZES) {
    const uri = await encode(sharp(data, { raw }), size);
    if (uri.length <= MAX_PREVIEW_BYTES) return uri;
  }
  return null;
}

/** Upright as it was taken, and on white where it is transparent. */
function upright(image: Image): Image {
  return image.autoOrient().flatten({ background: '#ffffff' }).toColourspace('srgb');
}

function within(image: Image, pixels: number): Image {
  return image.resize(pixels, pixels, { fit: 'inside', withoutEnlargement: true });
}

async function encode(image: Image, [pixels, quality]: Size): Promise<string> {
  return PREFIX + (await within(image, pixels).jpeg({ quality }).toBuffer()).toString('base64');
}
