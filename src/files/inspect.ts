import { basename } from 'node:path';
import { FerryError } from '../errors';
import { formatBytesExactly } from '../lib/bytes';
import { decodeOnce } from './decode';
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
    const fileType = checkType(real, name, content, rules);
    const notes = noteOnEnding(name, fileType);
    if (content.note !== undefined) notes.push(`${name} ${content.note}`);
    signal?.throwIfAborted();
    const unchecked =
      options.decode === false ? null : await decodeOnce({ file, path: real, name, sizeBytes: stats.size }, fileType);
    if (unchecked !== null) notes.push(`${name} ${unchecked}`);
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

/** The type to send the file as; JPG and JPEG are one type under two names. */
function checkType(path: string, name: string, content: Content, rules: FileRules): string {
  if (endsLikePicture(name) && !content.picture) {
    const message = `${path} ends in ${endingOf(name)} like a picture, but its content is ${describe(content)}.`;
    throw new FerryError('IMAGE_BROKEN', message, { details: { path, content: content.label } });
  }
  const allowed = rules.types.map((type) => type.toUpperCase());
  if (content.type !== null && allowed.includes(content.type)) return content.type;
  if (content.type === 'JPG' && allowed.includes('JPEG')) return 'JPEG';
  const message = `${path} is ${describe(content)}; the account takes ${allowed.join(', ') || 'no files'}.`;
  throw new FerryError('TYPE_NOT_ALLOWED', message + helpFor(content, allowed), {
    details: { path, content: content.label, allowed },
  });
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
  // Read aloud: an XLSX, an HTML, an MP3, an SVG, an APNG; but a UTF, a PNG.
  return `${/^[AEFHILMNORSX]/.test(label) ? 'an' : 'a'} ${label}`;
}
