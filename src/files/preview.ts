import { isImageType } from './kinds';
import type { Sharp } from 'sharp';
import { ifSmall, openImage, sharpOrNull, tooManyPixels, decoders } from './image';

/** Largest preview, prefix and base64 counted: LivePerson's limit. */
export const MAX_PREVIEW_BYTES = 30_000;

const PREFIX = 'data:image/jpeg;base64,';

type Size = readonly [pixels: number, quality: number];

/** Tried in this order until one fits; the last ones always do. */
const SIZES: readonly Size[] = [
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
    return await decoders.use(async () => {
      const whole = await ifSmall(sharp, path, (image) => encode(upright(image), SIZES[0]!));
      if (whole !== null && whole.length <= MAX_PREVIEW_BYTES) return whole;
      if (tooManyPixels(await openImage(sharp, path).metadata()) !== null) return null;
      // The large picture is decoded once; the sizes are tried on a small copy of it.
      const { data, info } = await within(upright(openImage(sharp, path)), 320)
        .raw()
        .toBuffer({ resolveWithObject: true });
      const raw = { width: info.width, height: info.height, channels: info.channels };
      for (const size of SIZES) {
        const uri = await encode(sharp(data, { raw }), size);
        if (uri.length <= MAX_PREVIEW_BYTES) return uri;
      }
      return null;
    });
  } catch {
    // A transfer does without a preview rather than not at all; a picture that is broken was refused by inspect.
    return null;
  }
}

/** As people saw it when it was taken, and on white where it is transparent. */
function upright(image: Sharp): Sharp {
  return image.autoOrient().flatten({ background: '#ffffff' }).toColourspace('srgb');
}

function within(image: Sharp, pixels: number): Sharp {
  return image.resize(pixels, pixels, { fit: 'inside', withoutEnlargement: true });
}

async function encode(image: Sharp, [pixels, quality]: Size): Promise<string> {
  return PREFIX + (await within(image, pixels).jpeg({ quality }).toBuffer()).toString('base64');
}
