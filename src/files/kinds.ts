import { extname } from 'node:path';

/** Types that Ferry can tell and LivePerson takes somewhere. JPEG is the same as JPG and never told by content. */
const IMAGE_TYPES: readonly string[] = ['JPG', 'PNG', 'GIF'];

/** What programs can save such a file as; keys are endings as the package file-type reports them. */
export const CONVERT_TO: Readonly<Record<string, readonly string[]>> = {
  rtf: ['DOCX', 'PDF'],
  ps: ['PDF'],
  eps: ['PDF', 'PNG'],
  xml: ['PDF'],
  mp4: ['GIF'],
};

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

/** Text that a browser or a shell would run or render: never passed off as plain text. */
const ACTIVE_TEXT = new Set(['.svg', '.html', '.htm', '.xhtml', '.xml', '.mht', '.js', '.mjs', '.vbs', '.bat', '.sh']);

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

export function endsLikeActiveText(name: string): boolean {
  return ACTIVE_TEXT.has(endingOf(name));
}

export function isImageType(type: string): boolean {
  return type === 'JPEG' || IMAGE_TYPES.includes(type);
}
