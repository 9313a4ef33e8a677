import type * as SharpModule from 'sharp';
import { FerryError } from '../errors';
import { isCutGif } from './gif';
import { isImageType } from './kinds';
import { Semaphore } from '../lib/semaphore';
import { systemCode } from '../lib/system-code';

type Sharp = typeof SharpModule.default;

/** Decoding memory is bounded by these: a plain picture streams, a progressive one is held whole while it is decoded. */
const MAX_PIXELS = 200_000_000;
const MAX_PIXELS_HELD_WHOLE = 50_000_000;
const SMALL_PIXELS = 250_000;

let loaded: Sharp | null | undefined;

/** The image library, or null where it is not installed. Loaded when first asked for. */
export function sharpOrNull(): Sharp | null {
  if (loaded !== undefined) return loaded;
  try {
    const sharp = require('sharp') as Sharp;
    // A cache of decoded pictures and a thread for each core would cost more memory than they save time here.
    sharp.cache(false);
    sharp.concurrency(1);
    loaded = sharp;
  } catch {
    loaded = null;
  }
  return loaded;
}

/** False where `sharp` is not installed: pictures are then sent without being decoded and without a preview. */
export function imageToolsAvailable(): boolean {
  return sharpOrNull() !== null;
}

/** At most two pictures are decoded at once: each takes a thread of the pool that also reads files. */
export const decoders = new Semaphore(2);

/** Opens a picture for decoding. It reads as far as the picture goes, never the bytes that may follow it. */
export function openImage(sharp: Sharp, path: string, pixels: number = MAX_PIXELS): SharpModule.Sharp {
  return sharp(path, { failOn: 'error', sequentialRead: true, limitInputPixels: pixels });
}

/** Why a picture is not decoded although nothing is wrong with it; null when it can be. */
export function tooManyPixels(facts: SharpModule.Metadata): string | null {
  const pixels = facts.width * facts.height;
  const limit = facts.isProgressive || facts.format === 'gif' ? MAX_PIXELS_HELD_WHOLE : MAX_PIXELS;
  if (pixels <= limit) return null;
  return `has ${Math.round(pixels / 1_000_000)} megapixels; sent without being decoded and without a preview`;
}

/**
 * Decodes a picture once, to the last row, and keeps nothing of it. IMAGE_BROKEN when it is truncated or broken.
 * @returns a note for people, when it was not decoded for its size
 */
export async function decodeOnce(path: string, name: string, fileType: string): Promise<string | null> {
  const sharp = sharpOrNull();
  if (sharp === null || !isImageType(fileType)) return null;
  return decoders.use(async () => {
    try {
      const skip = await decode(sharp, path);
      if (skip !== null) return `${name} ${skip}`;
      if (fileType === 'GIF' && (await isCutGif(path))) throw new Error('it ends in the middle of a frame');
      return null;
    } catch (error) {
      if (isPixelLimit(error)) return `${name} has too many pixels; sent without being decoded and without a preview`;
      throw whyNotDecoded(error, path, fileType);
    }
  });
}

/**
 * What one pass over a small picture gives; null when it has more pixels than that. To be tried first: asking for the size
 * would take a pass of its own, while a picture that is too large is refused at its header.
 */
export async function ifSmall<T>(
  sharp: Sharp,
  path: string,
  pass: (image: SharpModule.Sharp) => Promise<T>,
): Promise<T | null> {
  try {
    return await pass(openImage(sharp, path, SMALL_PIXELS));
  } catch (error) {
    if (isPixelLimit(error)) return null;
    throw error;
  }
}

/** Returns why it was not decoded; null when it was. */
async function decode(sharp: Sharp, path: string): Promise<string | null> {
  // A small picture is cheapest decoded as it is.
  if ((await ifSmall(sharp, path, (image) => image.raw().toBuffer())) !== null) return null;
  const facts = await openImage(sharp, path).metadata();
  const skip = tooManyPixels(facts);
  // Into one row of full width: that takes little memory, and no shortcut of the decoder applies, so that a few missing
  // bytes at the end are seen.
  if (skip === null) await openImage(sharp, path).resize(facts.width, 1, { fit: 'fill' }).raw().toBuffer();
  return skip;
}

function whyNotDecoded(error: unknown, path: string, fileType: string): unknown {
  // A file that went away meanwhile, or a machine without file handles left, says nothing about the picture.
  if (systemCode(error) !== undefined) return error;
  if (/file is missing|unable to open/i.test(messageOf(error))) {
    return new FerryError('SOURCE_MISSING', `${path} went away while it was inspected.`, { cause: error });
  }
  return new FerryError('IMAGE_BROKEN', `${path} is a ${fileType} that cannot be decoded: ${reason(error)}.`, {
    cause: error,
    details: { path, fileType },
  });
}

function isPixelLimit(error: unknown): boolean {
  return messageOf(error).includes('exceeds pixel limit');
}

/** The decoder's own words, on one line and without its name for itself. */
function reason(error: unknown): string {
  const line =
    messageOf(error)
      .split('\n')
      .find((part) => part.trim() !== '') ?? 'no reason given';
  return line
    .replace(/^Input file has corrupt header: /, '')
    .replace(/^\w*(vips|Vips|load|JPEG|png|gif)\w*: /, '')
    .replace(/\.$/, '')
    .trim();
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
