/** A decoded picture as a small JPEG. */
import type { DecoderInput } from './decoder-input';
import { ifSmall, openImage, tooManyPixels, type Image, type Sharp } from './image';

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

/** @returns a data URI; null when the picture has too many pixels */
export async function encodeToFit(sharp: Sharp, input: DecoderInput, lenient: boolean): Promise<string | null> {
  const small = await ifSmall(sharp, input, (open) => encodeSmall(open()), { lenient });
  if (small !== null && fits(small.uri)) return small.uri;
  if (tooManyPixels(await openImage(sharp, input, { lenient }).metadata()) !== null) return null;
  return encodeSmaller(sharp, input, lenient);
}

/** Tries all sizes. */
export async function encodeSmaller(sharp: Sharp, input: DecoderInput, lenient: boolean): Promise<string | null> {
  // The large picture is decoded once; the sizes are tried on a small copy of it.
  const { data, info } = await within(upright(openImage(sharp, input, { lenient })), 320)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  for (const size of SIZES) {
    const { uri } = await encode(sharp(data, { raw }), size);
    if (fits(uri)) return uri;
  }
  return null;
}

export function fits(uri: string): boolean {
  return uri.length <= MAX_PREVIEW_BYTES;
}

export interface Encoded {
  /** A data URI, which may be too long for a preview. */
  readonly uri: string;
  /**
   * True when it shows every pixel of the picture. A picture that was shrunk may lack its last rows, because the
   * decoder and the scaling skip pixels.
   */
  readonly showsAll: boolean;
}

/** Encodes a small picture in the largest size. */
export function encodeSmall(image: Image): Promise<Encoded> {
  return encode(upright(image), SIZES[0]);
}

/** Upright as it was taken, and on white where it is transparent. */
function upright(image: Image): Image {
  return image.autoOrient().flatten({ background: '#ffffff' }).toColourspace('srgb');
}

function within(image: Image, pixels: number): Image {
  return image.resize(pixels, pixels, { fit: 'inside', withoutEnlargement: true });
}

async function encode(image: Image, [pixels, quality]: Size): Promise<Encoded> {
  // Optimal coding would save 5 to 8 % of the bytes, for a quarter of the CPU time.
  const jpeg = within(image, pixels).jpeg({ quality, optimizeCoding: false });
  const { data, info } = await jpeg.toBuffer({ resolveWithObject: true });
  return { uri: PREFIX + data.toString('base64'), showsAll: Math.max(info.width, info.height) < pixels };
}
