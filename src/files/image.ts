import type * as SharpModule from 'sharp';
import { Semaphore } from '../lib/semaphore';
import type { DecoderInput } from './decoder-input';

export type Sharp = typeof SharpModule.default;
export type Image = SharpModule.Sharp;

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

export interface DecodeOptions {
  /** Larger pictures are refused at their header. @default 200 million */
  readonly pixels?: number;
  /** Decode what is there, as a viewer does, instead of failing at the first fault. @default false */
  readonly lenient?: boolean;
}

/** Opens a picture for decoding. It reads as far as the picture goes, never the bytes that may follow it. */
export function openImage(sharp: Sharp, input: DecoderInput, options: DecodeOptions = {}): Image {
  const { pixels = MAX_PIXELS, lenient = false } = options;
  return sharp(input, { failOn: lenient ? 'none' : 'error', sequentialRead: true, limitInputPixels: pixels });
}

/** Why a picture is not decoded although nothing is wrong with it; null when it can be. */
export function tooManyPixels(facts: SharpModule.Metadata): string | null {
  const pixels = facts.width * facts.height;
  const limit = facts.isProgressive || facts.format === 'gif' ? MAX_PIXELS_HELD_WHOLE : MAX_PIXELS;
  if (pixels <= limit) return null;
  return `has ${Math.round(pixels / 1_000_000)} megapixels; sent without being decoded and without a preview`;
}

/**
 * What one pass over a small picture gives; null when it has more pixels than that. To be tried first: asking for the size
 * would take a pass of its own, while a picture that is too large is refused at its header.
 */
export async function ifSmall<T>(
  sharp: Sharp,
  input: DecoderInput,
  pass: (image: Image) => Promise<T>,
  options: DecodeOptions = {},
): Promise<T | null> {
  try {
    return await pass(openImage(sharp, input, { ...options, pixels: SMALL_PIXELS }));
  } catch (error) {
    if (isPixelLimit(error)) return null;
    throw error;
  }
}

export function isPixelLimit(error: unknown): boolean {
  return messageOf(error).includes('exceeds pixel limit');
}

/** The decoder's own words, on one line and without its name for itself. */
export function decoderWords(error: unknown): string {
  const words = messageOf(error).replace(/^Input (file|buffer) has corrupt header:\s*/, '');
  const line = words.split('\n').find((part) => part.trim() !== '') ?? 'the decoder gives no reason';
  return line
    .replace(/^Input (file|buffer) /, 'it ')
    .replace(/^\w*(vips|Vips|load|JPEG|png|gif)\w*: /, '')
    .replace(/\.$/, '')
    .trim();
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
