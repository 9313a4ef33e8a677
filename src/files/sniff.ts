import type { FileHandle } from 'node:fs/promises';
import { endsLikeActiveText, endingOf, TYPE_OF_CONTENT, typeOfEnding } from './kinds';
import { isText } from './text';

/** What the content of a file is. */
export interface Content {
  /** One of the types that Ferry knows; null for anything else. */
  readonly type: string | null;
  /** For people: "PNG", "ZIP", "HTML"; null when nobody can tell. */
  readonly label: string | null;
  /** True for every picture, also of kinds that LivePerson does not take (WEBP, TIFF ...). */
  readonly picture: boolean;
}

/** Up to here a file is read once and looked at in memory; the detectors open a larger one and take many small reads. */
const SMALL_BYTES = 64 * 1024;

/**
 * Tells a file's type by its content; the name only decides about text, which has no mark of its own.
 * @param path the real path of the file that `file` has open
 */
export async function sniff(
  path: string,
  name: string,
  file: FileHandle,
  sizeBytes: number,
  signal?: AbortSignal,
): Promise<Content> {
  // Loaded when first used: it takes 100 ms, which every start of the command line would pay otherwise.
  const detectors = await import('file-type');
  signal?.throwIfAborted();
  const detect = async () =>
    sizeBytes > SMALL_BYTES
      ? await detectors.fileTypeFromFile(path)
      : await detectors.fileTypeFromBuffer(await readWhole(file, sizeBytes));
  // A malformed file may make the detectors throw; it is then of no type that anybody can tell.
  const found = await detect().catch(() => undefined);
  const type = found === undefined ? null : (TYPE_OF_CONTENT[found.ext] ?? null);
  if (type !== null) return { type, label: type, picture: found?.mime.startsWith('image/') ?? false };
  // Short magic numbers make mistakes ("BM..." is a BMP to them), so a .txt that is text throughout is text.
  if ((found === undefined || typeOfEnding(name) === 'TXT') && (await isText(file, signal))) return textual(name);
  if (found === undefined) return { type: null, label: null, picture: false };
  return { type: null, label: found.ext.toUpperCase(), picture: found.mime.startsWith('image/') };
}

function textual(name: string): Content {
  if (!endsLikeActiveText(name)) return { type: 'TXT', label: 'text', picture: false };
  const ending = endingOf(name);
  return { type: null, label: ending.slice(1).toUpperCase(), picture: ending === '.svg' };
}

async function readWhole(file: FileHandle, sizeBytes: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(sizeBytes), 0, sizeBytes, 0);
  return buffer.subarray(0, bytesRead);
}
