/**
 * Marks that the detectors of `file-type` do not know or confuse with another kind. They are used only to name refused
 * files.
 */
import { foreign, type Content } from './content';

const AS_PICTURE = { picture: true, convertTo: ['JPG', 'PNG'] } as const;
const APPLE_DOUBLE = foreign('APPLEDOUBLE', {
  description: 'a file that macOS writes beside the real file (its name begins with "._")',
  help: 'Send the file whose name lacks the "._".',
});
const CHANGED_PNG = foreign('PNG', {
  picture: true,
  description: 'a PNG that a transfer in text mode has changed',
  help: 'Copy it again, in binary mode.',
});

const TNEF = foreign('TNEF', {
  description: 'what Outlook sends as winmail.dat: attachments that only Outlook can read',
  help: 'Ask the sender for a message in HTML or plain text.',
});

/** The first bytes in hexadecimal. */
const MARKS: readonly (readonly [RegExp, Content])[] = [
  [/^00051607/, APPLE_DOUBLE],
  [/^89504e47(?!0d0a1a0a)0[ad]/, CHANGED_PNG],
  [/^789f3e22/, TNEF],
  [/^01000000.{72}20454d46/, foreign('EMF', AS_PICTURE)],
  [/^d7cdc69a/, foreign('WMF', AS_PICTURE)],
  [/^0a0[0-5]010[1248]/, foreign('PCX', AS_PICTURE)],
  [/^444453207c00/, foreign('DDS', AS_PICTURE)],
  // P4 to P6, then two numbers of decimal digits.
  [/^503[4-6](?:0[9ad]|20)(?:3\d)+(?:0[9ad]|20)(?:3\d)+/, foreign('PNM', AS_PICTURE)],
];

/** Image type, size and depth of a TGA, as the standard allows them. */
const TGA_TYPES: ReadonlySet<number> = new Set([1, 2, 3, 9, 10, 11]);
const TGA_DEPTHS: ReadonlySet<number> = new Set([8, 15, 16, 24, 32]);

/** Null when the bytes have none of these marks. */
export function marked(head: Buffer): Content | null {
  const start = head.toString('hex', 0, 64);
  const found = MARKS.find(([mark]) => mark.test(start))?.[1];
  return found ?? (isTga(head) ? foreign('TGA', AS_PICTURE) : null);
}

/**
 * A TGA has no mark, so all fields of its header must fit. A cursor (CUR) begins in the same way, but counts its
 * pictures where a TGA without a colour map has zeros.
 */
function isTga(head: Buffer): boolean {
  if (head.length < 18) return false;
  const [hasMap = 0, type = 0, mapDepth = 0, depth = 0, flags = 0] = [1, 2, 7, 16, 17].map((at) => head[at]);
  const mapFits =
    hasMap === 0 ? head.readUInt32LE(3) === 0 && mapDepth === 0 : hasMap === 1 && TGA_DEPTHS.has(mapDepth);
  const hasPixels = head.readUInt16LE(12) > 0 && head.readUInt16LE(14) > 0;
  return mapFits && hasPixels && TGA_TYPES.has(type) && TGA_DEPTHS.has(depth) && (flags & 0xc0) === 0;
}
