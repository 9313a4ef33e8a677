import { isImageType } from './kinds';
import { openImage, sharpOrNull, tooManyPixels, withDecoder } from './image';

/** Largest preview, prefix and base64 counted: LivePerson's limit. */
export const MAX_PREVIEW_BYTES = 30_000;

const PREFIX = 'data:image/jpeg;base64,';

/** Tried in this order until one fits; the last ones always do. */
const SIZES: readonly (readonly [pixels: number, quality: number])[] = [
  [320, 75],
  [320, 55],
  [240, 60],
  [160, 60],
  [96, 50],
  [48, 40],
];

/**
 * A small JPEG of a picture as a data URI of at most 30,000 bytes, upright and on white.
 * @returns null when it is no picture, is too large or broken, or the image library is not installed; never throws
 */
export async function makePreview(path: string, fileType: string): Promise<string | null> {
  const sharp = sharpOrNull();
  if (sharp === null || !isImageType(fileType)) return null;
  try {
    return await withDecoder(async () => {
      if (tooManyPixels(await openImage(sharp, path).metadata()) !== null) return null;
      // The large picture is decoded once; the sizes are tried on a small copy of it.
      const { data, info } = await openImage(sharp, path)
        .autoOrient()
        .resize(320, 320, { fit: 'inside', withoutEnlargement: true })
        .flatten({ background: '#ffffff' })
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true });
      const raw = { width: info.width, height: info.height, channels: info.channels };
      for (const [pixels, quality] of SIZES) {
        const jpeg = await sharp(data, { raw })
          .resize(pixels, pixels, { fit: 'inside', withoutEnlargement: true })
          .jpeg({ quality })
          .toBuffer();
        const uri = PREFIX + jpeg.toString('base64');
        if (uri.length <= MAX_PREVIEW_BYTES) return uri;
      }
      return null;
    });
  } catch {
    // A transfer does without a preview rather than not at all; a picture that is broken was refused by inspect.
    return null;
  }
}
