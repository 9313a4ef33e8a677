import type { FileHandle } from 'node:fs/promises';
import { FerryError } from '../errors';
import { systemCode } from '../lib/system-code';
import { decoderInput, type DecoderInput } from './decoder-input';
import { gifEnd } from './gif';
import {
  decoders,
  decoderWords,
  ifSmall,
  isPixelLimit,
  openImage,
  sharpOrNull,
  tooManyPixels,
  type Sharp,
} from './image';
import { isWholeJpeg } from './jpeg';
import { isImageType } from './kinds';
import { isWholePng } from './png';

/** The picture to decode, opened. */
export interface OpenPicture {
  readonly file: FileHandle;
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
}

/**
 * Decodes a picture once, to the last row, and drops the result. IMAGE_BROKEN when the picture is truncated or broken.
 * @returns a note for people: the picture is too large to decode, or viewers show it although the decoder complains
 */
export async function decodeOnce(picture: OpenPicture, fileType: string): Promise<string | null> {
  const sharp = sharpOrNull();
  if (sharp === null || !isImageType(fileType)) return null;
  return decoders.use(async () => {
    const input = await decoderInput(picture.file, picture.sizeBytes);
    if (input === null) return 'is too large to be decoded here; sent without being decoded and without a preview';
    try {
      const skip = await decode(sharp, input);
      if (skip !== null || fileType !== 'GIF') return skip;
      const end = await gifEnd(picture.file, picture.sizeBytes);
      if (end === 'cut') throw new Error('it ends in the middle of a frame');
      return end === 'whole' ? null : forgiven(fileType, NO_END_MARK);
    } catch (error) {
      if (isPixelLimit(error)) return 'has too many pixels; sent without being decoded and without a preview';
      const fault = await forgivenFault(sharp, input, picture);
      if (fault !== null) return forgiven(fileType, fault);
      throw whyNotDecoded(error, picture.path, fileType);
    }
  });
}

const NO_END_MARK = 'without its end mark';

function forgiven(fileType: string, fault: string): string {
  return `is a ${fileType} ${fault}; viewers show it all the same, so it is sent`;
}

/** Returns why the picture was not decoded; null when it was. */
async function decode(sharp: Sharp, input: DecoderInput): Promise<string | null> {
  // For a small picture, decoding it whole is cheapest.
  if ((await ifSmall(sharp, input, (image) => image.raw().toBuffer())) !== null) return null;
  const facts = await openImage(sharp, input).metadata();
  const skip = tooManyPixels(facts);
  // One row of full width takes little memory. The decoder cannot take a shortcut, so that a few missing
  // bytes at the end are seen.
  if (skip === null) await openImage(sharp, input).resize(facts.width, 1, { fit: 'fill' }).raw().toBuffer();
  return skip;
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
