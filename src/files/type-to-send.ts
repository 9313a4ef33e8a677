/** The type that a file is sent as, or the reason why the account does not take the file. */
import { FerryError } from '../errors';
import { defined } from '../lib/defined';
import type { Content } from './content';
import { endingOf, endsLikePicture, typeOfEnding } from './kinds';
import type { FileRules } from './types';

export interface SeenFile {
  readonly path: string;
  readonly name: string;
  readonly content: Content;
}

/** The type to send the file as, and notes for people. */
export function typeOf(
  seen: SeenFile,
  rules: FileRules,
  as: string | undefined,
): { fileType: string; notes: string[] } {
  const { name, content } = seen;
  if (as !== undefined) {
    const fileType = wantedType(seen, as, rules);
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

/** A type that the sender named. */
function wantedType(seen: SeenFile, as: string, rules: FileRules): string {
  const allowed = typesOf(rules);
  const wanted = as.toUpperCase();
  if (allowed.includes(wanted)) return wanted;
  const twin = { JPG: 'JPEG', JPEG: 'JPG' }[wanted];
  if (twin !== undefined && allowed.includes(twin)) return twin;
  throw notTaken(`${seen.path} cannot be sent as ${wanted}`, seen, allowed, true);
}

/** The type by content; JPG and JPEG are one type under two names. */
function checkType(seen: SeenFile, rules: FileRules): string {
  const { path, name, content } = seen;
  if (endsLikePicture(name) && !content.picture) {
    const message = `${path} ends in ${endingOf(name)} like a picture, but its content is ${describe(content)}.`;
    const remedy = remedyFor(name, { help: 'Open it in a viewer; export it again.', ...content }, typesOf(rules));
    throw new FerryError('IMAGE_BROKEN', message, {
      details: { path, content: content.label },
      ...defined({ remedy }),
    });
  }
  const allowed = typesOf(rules);
  if (content.type !== null && allowed.includes(content.type)) return content.type;
  if (content.type === 'JPG' && allowed.includes('JPEG')) return 'JPEG';
  throw notTaken(`${path} is ${describe(content)}`, seen, allowed, false);
}

function typesOf(rules: FileRules): string[] {
  return rules.types.map((type) => type.toUpperCase());
}

function notTaken(
  what: string,
  { path, name, content }: SeenFile,
  allowed: readonly string[],
  isForced: boolean,
): FerryError {
  const message = `${what}; the account takes ${allowed.join(', ') || 'no files'}.`;
  const remedy = isForced ? undefined : remedyFor(name, content, allowed);
  return new FerryError('TYPE_NOT_ALLOWED', message, {
    details: { path, content: content.label, allowed },
    ...defined({ remedy }),
  });
}

/** Undefined where the remedy of the error table is enough. */
function remedyFor(name: string, content: Content, allowed: readonly string[]): string | undefined {
  const { help, convertTo = [], label, type } = content;
  const types = convertTo.filter((one) => allowed.includes(one));
  const save = types.length === 0 ? undefined : `Save it as ${types.join(' or ')}.`;
  const fitting = content.sendableAs ?? type;
  const isFitting = fitting !== null && allowed.includes(fitting);
  if (help === undefined && save === undefined && !isFitting) return undefined;
  // Text in UTF-8 would be refused as well.
  if (label === 'text' && !allowed.includes('TXT')) return undefined;
  const promised = isFitting ? fitting : (typeOfEnding(name) ?? (label === 'text' ? 'TXT' : null));
  const as = promised !== null && allowed.includes(promised) ? promised : 'TYPE';
  const parts = [help, save].filter((part) => part !== undefined);
  return [...parts, `${parts.length === 0 ? 'Send' : 'Or send'} it as it is with --as ${as}.`].join(' ');
}

function describe({ label, description }: Content): string {
  return description ?? (label === null ? 'of no type that Ferry knows' : article(label));
}

function noteOnEnding(name: string, fileType: string): string[] {
  const promised = typeOfEnding(name);
  const agrees = promised === fileType || (promised === 'JPG' && fileType === 'JPEG') || endingOf(name) === '';
  return agrees ? [] : [`${name} is ${article(fileType)}; sent as ${fileType}`];
}

function article(label: string): string {
  if (label === 'text' || label === 'TXT') return 'text';
  // The article depends on pronunciation: most labels are spelled (an XLSX, an HTML, an MP3), some are words.
  if (['HEIC', 'HEIF', 'RAR', 'FLAC', 'MOV', 'SQLITE', 'MIDI'].includes(label)) return `a ${label}`;
  return `${/^[AEFHILMNORSX]/.test(label) ? 'an' : 'a'} ${label}`;
}
