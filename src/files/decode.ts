import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { FerryError } from '../errors';
import { systemCode } from '../lib/system-code';
import { decoderInput, type DecoderInput } from './decoder-input';
import { encodeSmall, encodeSmaller, fits, type Encoded } from './encode-preview';
import { gifEnd } from './gif';
import {
  decoders,
  decoderWords,
  ifSmall,
  isPixelLimit,
  openImage,
  sharpOrNull,
  tooManyPixels,
  type Image,
  type Sharp,
} from './image';
import { isWholeJpeg } from './jpeg';
import { isImageType } from './kinds';
import { isWholePng } from './png';
import type { Preview } from './types';

/** The picture to decode, opened. */
export interface OpenPicture {
  readonly file: FileHandle;
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
}

/** The previews of larger files are made later, because hashing a larger file would block the event loop. */
const PREVIEWED_AT_ONCE = 256 * 1024;

export interface Decoded {
  /** For people: the picture is too large to decode, or viewers show it although the decoder complains; else null. */
  readonly note: string | null;
  /** Null when none was wanted, and for a picture that is not small or has a fault. */
  readonly preview: Preview | null;
}

/**
 * Decodes a picture once, to the last row. IMAGE_BROKEN when the picture is truncated or broken.
 *
 * @param wantsPreview make the preview of a small picture in the same pass
 */
export async function decodeOnce(picture: OpenPicture, fileType: string, wantsPreview: boolean): Promise<Decoded> {
  const sharp = sharpOrNull();
  if (sharp === null || !isImageType(fileType)) return { note: null, preview: null };
  return decoders.use(async () => {
    const input = await decoderInput(picture.file, picture.sizeBytes);
    if (input === null) {
      return noted('is too large to be decoded here; sent without being decoded and without a preview');
    }
    try {
      const decoded = await decode(sharp, input, wantsPreview && picture.sizeBytes <= PREVIEWED_AT_ONCE);
      if (decoded.note !== null || fileType !== 'GIF') return decoded;
      const end = await gifEnd(picture.file, picture.sizeBytes);
      if (end === 'cut') throw new Error('it ends in the middle of a frame');
      return end === 'whole' ? decoded : { ...decoded, note: forgiven(fileType, NO_END_MARK) };
    } catch (error) {
      if (isPixelLimit(error)) return noted('has too many pixels; sent without being decoded and without a preview');
      const fault = await forgivenFault(sharp, input, picture);
      if (fault !== null) return noted(forgiven(fileType, fault));
      throw whyNotDecoded(error, picture.path, fileType);
    }
  });
}

function noted(note: string | null): Decoded {
  return { note, preview: null };
}

const NO_END_MARK = 'without its end mark';

function forgiven(fileType: string, fault: string): string {
  return `is a ${fileType} ${fault}; viewers show it all the same, so it is sent`;
}

/** The note says why the picture was not decoded; null when it was. */
async function decode(sharp: Sharp, input: DecoderInput, wantsPreview: boolean): Promise<Decoded> {
  // For a small picture, decoding it whole is cheapest.
  const small = await ifSmall(sharp, input, async (open) => {
    const encoded = wantsPreview ? await encodeOrNull(open()) : null;
    if (encoded?.showsAll !== true) await open().raw().toBuffer();
    return { encoded };
  });
  if (small !== null) return { note: null, preview: await previewOf(sharp, input, small.encoded) };
  const facts = await openImage(sharp, input).metadata();
  const skip = tooManyPixels(facts);
  // One row of full width takes little memory. The decoder cannot take a shortcut, so that a few missing
  // bytes at the end are seen.
  if (skip === null) await openImage(sharp, input).resize(facts.width, 1, { fit: 'fill' }).raw().toBuffer();
  return noted(skip);
}

/** Null after a failure, because a picture without a fault of its own may have a colour profile that cannot be used. */
async function encodeOrNull(image: Image): Promise<Encoded | null> {
  return encodeSmall(image).catch((error: unknown) => {
    if (isPixelLimit(error)) throw error;
    return null;
  });
}

async function previewOf(sharp: Sharp, input: DecoderInput, encoded: Encoded | null): Promise<Preview | null> {
  if (encoded === null || typeof input === 'string') return null;
  const uri = fits(encoded.uri) ? encoded.uri : await encodeSmaller(sharp, input, false).catch(() => null);
  return uri === null ? null : { uri, sha256: createHash('sha256').update(input).digest('hex') };
}

/** The fault, as a phrase, when the decoder complains although every pixel is there; null for another fault. */
export async function forgivenFault(
  sharp: Sharp,
  input: DecoderInput,
  { file, sizeBytes }: Pick<OpenPicture, 'file' | 'sizeBytes'>,
): Promise<string | null> {
  if (typeof input === 'string') return null;
  if (await isWholeJpeg(sharp, input)) return NO_END_MARK;
  if (await isWholePng(input)) return 'with a wrong or missing checksum';
  const isWholeGif = input.toString('latin1', 0, 3) === 'GIF' && (await gifEnd(file, sizeBytes)) !== 'cut';
  return isWholeGif && (await canBeShown(sharp, input)) ? NO_END_MARK : null;
}

async function canBeShown(sharp: Sharp, input: DecoderInput): Promise<boolean> {
  return openImage(sharp, input, { lenient: true })
    .metadata()
    .then(
      () => true,
      () => false,
    );
}

function whyNotDecoded(error: unknown, path: string, fileType: string): unknown {
  // An error of the system, such as too many open files, is not a fault of the picture.
  if (error instanceof FerryError || systemCode(error) !== undefined) return error;
  return new FerryError('IMAGE_BROKEN', `${path} is a ${fileType} that cannot be decoded: ${decoderWords(error)}.`, {
    cause: error,
    details: { path, fileType },
    remedy: `Open it in a viewer; export it again. If viewers show it, send it as it is with --as ${fileType}.`,
  });
}
