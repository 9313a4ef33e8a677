import { extname } from 'node:path';

/** Types that Ferry detects and that LivePerson takes for some accounts. JPEG is a second name of JPG. */
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
 * Endings of text that a program would run or render, and the types in which such a program can save it. Such text is
 * sent as plain text only when the sender asks for it.
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

/** The type that the ending stands for; null when Ferry does not know the type. */
export function typeOfEnding(name: string): string | null {
  return TYPE_OF_ENDING[endingOf(name)] ?? null;
}

export function endsLikePicture(name: string): boolean {
  const type = typeOfEnding(name);
  return type !== null && IMAGE_TYPES.includes(type);
}

/** The types in which active text with this ending can be saved; null when the ending is not of active text. */
export function activeText(name: string): readonly string[] | null {
  return ACTIVE_TEXT[endingOf(name)] ?? null;
}

/** Names of documents of Office before 2007. Programs also write web pages and RTF under such names. */
const OLD_OFFICE: ReadonlySet<string> = new Set(['.doc', '.xls', '.ppt', '.dot', '.xlt', '.pps']);

/** True when the name promises a picture or a document, so that text would be a surprise. */
export function promisesNoText(name: string): boolean {
  const type = typeOfEnding(name);
  return type === null ? OLD_OFFICE.has(endingOf(name)) : type !== 'TXT';
}

export function isImageType(type: string): boolean {
  return type === 'JPEG' || IMAGE_TYPES.includes(type);
}
