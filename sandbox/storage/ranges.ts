/** Half open: `end` is the first byte that is not in it. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const MOST_RANGES = 50;
const MOST_OVERLAPS = 2;
const MOST_OUT_OF_ORDER = 8;

/**
 * Reads a Range header as Swift does.
 * @returns null: to be ignored (absent or malformed); empty: nothing of it can be satisfied (416)
 */
export function readRanges(header: string | undefined, sizeBytes: number): ByteRange[] | null {
  const specs = /^bytes=(.+)$/i.exec((header ?? '').replaceAll(' ', ''))?.[1]?.split(',');
  if (specs === undefined) return null;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = readRange(spec, sizeBytes);
    if (range === null) return null;
    if (range !== 'unsatisfiable') ranges.push(range);
  }
  return tooCostly(ranges) ? [] : ranges;
}

function readRange(spec: string, sizeBytes: number): ByteRange | 'unsatisfiable' | null {
  const match = /^(\d*)-(\d*)$/.exec(spec);
  if (match === null || spec === '-') return null;
  const [, first = '', last = ''] = match;
  if (first === '') {
    const length = Number(last);
    return length === 0 ? 'unsatisfiable' : { start: Math.max(0, sizeBytes - length), end: sizeBytes };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  if (start >= sizeBytes) return 'unsatisfiable';
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}

/** Ranges that overlap again and again are an attack, not a download. */
function tooCostly(ranges: readonly ByteRange[]): boolean {
  if (ranges.length > MOST_RANGES) return true;
  const overlaps = ranges.flatMap((one, index) => ranges.slice(index + 1).filter((other) => overlap(one, other)));
  if (overlaps.length > MOST_OVERLAPS) return true;
  const ascending = ranges.every((range, index) => index === 0 || startOf(ranges[index - 1]) <= range.start);
  return !ascending && ranges.length >= MOST_OUT_OF_ORDER;
}

function overlap(one: ByteRange, other: ByteRange): boolean {
  const inside = (place: number, range: ByteRange): boolean => range.start < place && place < range.end;
  return (
    [one.start, one.end].some((place) => inside(place, other)) ||
    [other.start, other.end].some((place) => inside(place, one))
  );
}

function startOf(range: ByteRange | undefined): number {
  return range?.start ?? 0;
}

/** One stretch of an answer's body: text around the parts, or bytes of the object. */
export type Piece = { readonly text: string } | ByteRange;

export interface MultipartPlan {
  readonly contentType: string;
  readonly pieces: readonly Piece[];
  readonly sizeBytes: number;
}

export function planMultipart(
  ranges: readonly ByteRange[],
  contentType: string,
  sizeBytes: number,
  boundary: string,
): MultipartPlan {
  const pieces: Piece[] = ranges.flatMap((range) => [
    {
      text: `--${boundary}\r\nContent-Type: ${contentType}\r\nContent-Range: ${contentRange(range, sizeBytes)}\r\n\r\n`,
    },
    range,
    { text: '\r\n' },
  ]);
  pieces.push({ text: `--${boundary}--` });
  return {
    contentType: `multipart/byteranges;boundary=${boundary}`,
    pieces,
    sizeBytes: pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0),
  };
}

export function pieceBytes(piece: Piece): number {
  return 'text' in piece ? Buffer.byteLength(piece.text) : piece.end - piece.start;
}

export function contentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.end - 1}/${sizeBytes}`;
}
