import { firstLine } from '../lib/first-line';
import type * as SharpModule from 'sharp';
import { Semaphore } from '../lib/semaphore';
import type { DecoderInput } from './decoder-input';

export type Sharp = typeof SharpModule.default;
export type Image = SharpModule.Sharp;

/** These limits bound the memory: a plain picture is decoded as a stream, a progressive picture is kept in memory. */
const MAX_PIXELS = 200_000_000;
const MAX_PIXELS_HELD_WHOLE = 50_000_000;
const SMALL_PIXELS = 250_000;

let loaded: Sharp | null | undefined;

/** The image library, or null where it is not installed. Loaded at the first use. */
export function sharpOrNull(): Sharp | null {
  if (loaded !== undefined) return loaded;
  try {
    const sharp = require('sharp') as Sharp;
    // A cache of decoded pictures and a thread for each core cost much memory and save little time here.
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

/** At most two pictures are decoded at the same time: each takes a thread of the pool that also reads files. */
export const decoders = new Semaphore(2);

export interface DecodeOptions {
  /** Larger pictures are refused at their header. @default 200 million */
  readonly pixels?: number;
  /** Decode as much as possible, like a viewer, instead of failing at the first fault. @default false */
  readonly lenient?: boolean;
}

/** Opens a picture for decoding. It reads only the picture, not bytes behind the picture. */
export function openImage(sharp: Sharp, input: DecoderInput, options: DecodeOptions = {}): Image {
  const { pixels = MAX_PIXELS, lenient = false } = options;
  return sharp(input, { failOn: lenient ? 'none' : 'error', sequentialRead: true, limitInputPixels: pixels });
}

/** Why a picture without faults is not decoded; null when it can be decoded. */
export function tooManyPixels(facts: SharpModule.Metadata): string | null {
  const pixels = facts.width * facts.height;
  const limit = facts.isProgressive || facts.format === 'gif' ? MAX_PIXELS_HELD_WHOLE : MAX_PIXELS;
  if (pixels <= limit) return null;
  return `has ${Math.round(pixels / 1_000_000)} megapixels; sent without being decoded and without a preview`;
}

/**
 * The result of passes over a small picture; null when the picture has too many pixels. Try this first: a query for the
 * size takes a pass of its own, and a picture that is too large is refused at its header.
 *
 * @param passes opens the picture once for each pass, because a copy of an opened picture costs more
 */
export async function ifSmall<T>(
  sharp: Sharp,
  input: DecoderInput,
  passes: (open: () => Image) => Promise<T>,
  options: DecodeOptions = {},
): Promise<T | null> {
  try {
    return await passes(() => openImage(sharp, input, { ...options, pixels: SMALL_PIXELS }));
  } catch (error) {
    if (isPixelLimit(error)) return null;
    throw error;
  }
}

export function isPixelLimit(error: unknown): boolean {
  return messageOf(error).includes('exceeds pixel limit');
}

/** The decoder's message, on one line and without the decoder's name. */
export function decoderWords(error: unknown): string {
  return firstLine(messageOf(error).replace(/^Input (file|buffer) has corrupt header:\s*/, ''))
    .replace(/^Input (file|buffer) /, 'it ')
    .replace(/^\w*(vips|Vips|load|JPEG|png|gif)\w*: /, '');
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
