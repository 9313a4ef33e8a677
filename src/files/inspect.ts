import { basename } from 'node:path';
import { FerryError, isFerryError } from '../errors';
import { formatBytesExactly } from '../lib/bytes';
import { decodeOnce, type OpenPicture } from './decode';
import { endingOf, endsLikePicture, typeOfEnding } from './kinds';
import type { Content } from './content';
import { openSource } from './open';
import { sniff } from './sniff';
import { sourceError } from './system-errors';
import type { FileRules, InspectedFile } from './types';

export interface InspectOptions {
  /** Decode pictures once, where the image library is there. @default true */
  readonly decode?: boolean;
  /** Directories that the file must lie in, PATH_NOT_ALLOWED otherwise; null: anywhere. @default null */
  readonly allowed?: readonly string[] | null;
  /** Send the file as this type, whatever its content looks like. @default told by the content */
  readonly as?: string;
  readonly signal?: AbortSignal;
}

/**
 * Looks at a file before anything is sent and refuses what an account would never take: SOURCE_MISSING,
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
    if (options.decode !== false) notes.push(...(await notesOnPicture(picture, fileType, options.as !== undefined)));
    return { path: real, name, sizeBytes: stats.size, mtimeMs: stats.mtimeMs, inode: stats.ino, fileType, notes };
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

interface Seen {
  readonly path: string;
  readonly name: string;
  readonly content: Content;
}

/** The type to send the file as, and notes for people. */
function typeOf(seen: Seen, rules: FileRules, as: string | undefined): { fileType: string; notes: string[] } {
  const { name, content } = seen;
  if (as !== undefined) {
    const fileType = wantedType(seen.path, as, rules);
    const agrees = content.type === fileType || (content.type === 'JPG' && fileType === 'JPEG');
    return {
      fileType,
      notes: agrees
        ? noteOnEnding(name, fileType)
        : [`${name} is ${describe(content)}; sent as ${fileType}, as was asked`],
    };
  }
  const fileType = checkType(seen, rules);
  const notes = noteOnEnding(name, fileType);
  return { fileType, notes: content.note === undefined ? notes : [...notes, `${name} ${content.note}`] };
}

/** A type that somebody asked for by name. */
function wantedType(path: string, as: string, rules: FileRules): string {
  const allowed = typesOf(rules);
  const wanted = as.toUpperCase();
  if (allowed.includes(wanted)) return wanted;
  const twin = { JPG: 'JPEG', JPEG: 'JPG' }[wanted];
  if (twin !== undefined && allowed.includes(twin)) return twin;
  throw notTaken(`${path} cannot be sent as ${wanted}`, path, null, allowed);
}

/** The type by content; JPG and JPEG are one type under two names. */
function checkType({ path, name, content }: Seen, rules: FileRules): string {
  if (endsLikePicture(name) && !content.picture) {
    const message = `${path} ends in ${endingOf(name)} like a picture, but its content is ${describe(content)}.`;
    throw new FerryError('IMAGE_BROKEN', message, { details: { path, content: content.label } });
  }
  const allowed = typesOf(rules);
  if (content.type !== null && allowed.includes(content.type)) return content.type;
  if (content.type === 'JPG' && allowed.includes('JPEG')) return 'JPEG';
  throw notTaken(`${path} is ${describe(content)}`, path, content, allowed);
}

function typesOf(rules: FileRules): string[] {
  return rules.types.map((type) => type.toUpperCase());
}

function notTaken(what: string, path: string, content: Content | null, allowed: readonly string[]): FerryError {
  const help = content === null ? '' : helpFor(content, allowed);
  const message = `${what}; the account takes ${allowed.join(', ') || 'no files'}.${help}`;
  return new FerryError('TYPE_NOT_ALLOWED', message, { details: { path, content: content?.label ?? null, allowed } });
}

/** A picture that cannot be decoded is refused, unless somebody asked for its type by name. */
async function notesOnPicture(picture: OpenPicture, fileType: string, isForced: boolean): Promise<string[]> {
  try {
    const note = await decodeOnce(picture, fileType);
    return note === null ? [] : [`${picture.name} ${note}`];
  } catch (error) {
    if (!isForced || !isFerryError(error) || error.code !== 'IMAGE_BROKEN') throw error;
    return [`${picture.name} cannot be decoded; sent all the same, as was asked`];
  }
}

function describe({ label, description }: Content): string {
  return description ?? (label === null ? 'of no type that Ferry knows' : article(label));
}

function helpFor({ help, convertTo = [] }: Content, allowed: readonly string[]): string {
  const types = convertTo.filter((type) => allowed.includes(type));
  const save = types.length === 0 ? undefined : `Save it as ${types.join(' or ')}.`;
  return [help, save].map((sentence) => (sentence === undefined ? '' : ` ${sentence}`)).join('');
}

function noteOnEnding(name: string, fileType: string): string[] {
  const promised = typeOfEnding(name);
  const agrees = promised === fileType || (promised === 'JPG' && fileType === 'JPEG') || endingOf(name) === '';
  return agrees ? [] : [`${name} is ${article(fileType)}; sent as ${fileType}`];
}

function article(label: string): string {
  if (label === 'text' || label === 'TXT') return 'text';
  // Read letter by letter: an XLSX, an HTML, an MP3, a PNG; but some are read as words.
  if (['HEIC', 'HEIF', 'RAR', 'FLAC', 'MOV', 'SQLITE', 'MIDI'].includes(label)) return `a ${label}`;
  return `${/^[AEFHILMNORSX]/.test(label) ? 'an' : 'a'} ${label}`;
}
