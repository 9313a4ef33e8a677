import { basename } from 'node:path';
import { FerryError, isFerryError } from '../errors';
import { formatBytesExactly } from '../lib/bytes';
import { decodeOnce, type Decoded, type OpenPicture } from './decode';
import { openSource } from './open';
import { sniff } from './sniff';
import { sourceError } from './system-errors';
import { typeOf } from './type-to-send';
import type { FileRules, InspectedFile } from './types';

export interface InspectOptions {
  /** Decode pictures once, if the image library is installed. @default true */
  readonly decode?: boolean;
  /** Make the preview of a small picture while it is decoded. @default false */
  readonly preview?: boolean;
  /** Directories that must contain the file, else PATH_NOT_ALLOWED; null: anywhere. @default null */
  readonly allowed?: readonly string[] | null;
  /** Send the file as this type, whatever its content looks like. @default the type of the content */
  readonly as?: string;
  readonly signal?: AbortSignal;
}

/**
 * Inspects a file before anything is sent, and refuses a file that the account would never take: SOURCE_MISSING,
 * SOURCE_UNREADABLE, NOT_A_FILE, EMPTY_FILE, TOO_LARGE, TYPE_NOT_ALLOWED, IMAGE_BROKEN.
 */
export async function inspectFile(
  path: string,
  rules: FileRules,
  options: InspectOptions = {},
): Promise<InspectedFile> {
  const { signal } = options;
  signal?.throwIfAborted();
  const name = basename(path);
  const { file, path: real, stats } = await openSource(path, options.allowed);
  try {
    checkSize(real, stats.size, rules);
    const content = await sniff(name, file, stats.size, signal);
    const { fileType, notes } = typeOf({ path: real, name, content }, rules, options.as);
    signal?.throwIfAborted();
    const picture = { file, path: real, name, sizeBytes: stats.size };
    const { note, preview } = await decoded(picture, fileType, options);
    if (note !== null) notes.push(`${name} ${note}`);
    const facts = { sizeBytes: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino };
    return { path: real, name, ...facts, fileType, notes, preview };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw sourceError(error, real);
  } finally {
    await file.close();
  }
}

function checkSize(path: string, size: number, rules: FileRules): void {
  if (size === 0) throw new FerryError('EMPTY_FILE', `${path} is empty.`, { details: { path } });
  if (size <= rules.maxBytes) return;
  throw new FerryError(
    'TOO_LARGE',
    `${path} has ${formatBytesExactly(size)}; the account takes at most ${formatBytesExactly(rules.maxBytes)}.`,
    { details: { path, sizeBytes: size, maxBytes: rules.maxBytes } },
  );
}

/** A picture that cannot be decoded is refused, unless the sender named its type. */
async function decoded(
  picture: OpenPicture,
  fileType: string,
  { decode = true, preview = false, as }: InspectOptions,
): Promise<Decoded> {
  if (!decode) return { note: null, preview: null };
  try {
    return await decodeOnce(picture, fileType, preview);
  } catch (error) {
    if (as === undefined || !isFerryError(error) || error.code !== 'IMAGE_BROKEN') throw error;
    return { note: 'cannot be decoded; sent all the same, as was asked', preview: null };
  }
}
