import { extname } from 'node:path';

/** Types that Ferry can tell and LivePerson takes somewhere. JPEG is the same as JPG and never told by content. */
const IMAGE_TYPES: readonly string[] = ['JPG', 'PNG', 'GIF'];

const TYPE_OF_ENDING: Readonly<Record<string, string>> = {
  '.jpg': 'JPG',
  '.jpeg': 'JPG',
  '.jpe': 'JPG',
  '.jfif': 'JPG',
  '.png': 'PNG',
  '.apng': 'PNG',
  '.gif': 'GIF',
  '.pdf': 'PDF',
  '.docx': 'DOCX',
  '.xlsx': 'XLSX',
  '.pptx': 'PPTX',
  '.txt': 'TXT',
  '.text': 'TXT',
};

/**
 * Text that a program would run or render, by its ending, and what such a program can save it as. It is never passed off
 * as plain text unless somebody asks for that.
 */
const ACTIVE_TEXT: Readonly<Record<string, readonly string[]>> = {
  '.svg': ['PNG'],
  '.html': ['PDF'],
  '.htm': ['PDF'],
  '.xhtml': ['PDF'],
  '.mht': ['PDF'],
  '.rtf': ['DOCX', 'PDF'],
  '.ps': ['PDF'],
  '.eps': ['PDF', 'PNG'],
  '.xml': [],
  '.js': [],
  '.mjs': [],
  '.vbs': [],
  '.bat': [],
  '.sh': [],
};

/** Lower-case ending with its dot; '' when there is none. */
export function endingOf(name: string): string {
  return extname(name).toLowerCase();
}

/** What the ending promises; null when it promises none of the types that Ferry knows. */
export function typeOfEnding(name: string): string | null {
  return TYPE_OF_ENDING[endingOf(name)] ?? null;
}

export function endsLikePicture(name: string): boolean {
  const type = typeOfEnding(name);
  return type !== null && IMAGE_TYPES.includes(type);
}

/** What active text with this ending can be saved as; null when the ending is not of active text. */
export function activeText(name: string): readonly string[] | null {
  return ACTIVE_TEXT[endingOf(name)] ?? null;
}

export function isImageType(type: string): boolean {
  return type === 'JPEG' || IMAGE_TYPES.includes(type);
}
