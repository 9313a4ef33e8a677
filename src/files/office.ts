import type { FileHandle } from 'node:fs/promises';
import { foreign, known, type Content } from './content';
import { readZipDirectory, readZipEntry, type ZipEntry } from './zip';

/** Maps the content type of a package's main part (lower case, without prefix) to the file's type or label. */
const MAIN_PARTS: Readonly<Record<string, string>> = {
  'openxmlformats-officedocument.wordprocessingml.document.main+xml': 'DOCX',
  'openxmlformats-officedocument.wordprocessingml.template.main+xml': 'DOTX',
  'ms-word.document.macroenabled.main+xml': 'DOCM',
  'ms-word.template.macroenabledtemplate.main+xml': 'DOTM',
  'openxmlformats-officedocument.spreadsheetml.sheet.main+xml': 'XLSX',
  'openxmlformats-officedocument.spreadsheetml.template.main+xml': 'XLTX',
  'ms-excel.sheet.macroenabled.main+xml': 'XLSM',
  'ms-excel.sheet.binary.macroenabled.main': 'XLSB',
  'ms-excel.template.macroenabled.main+xml': 'XLTM',
  'ms-excel.addin.macroenabled.main+xml': 'XLAM',
  'openxmlformats-officedocument.presentationml.presentation.main+xml': 'PPTX',
  'openxmlformats-officedocument.presentationml.slideshow.main+xml': 'PPSX',
  'openxmlformats-officedocument.presentationml.template.main+xml': 'POTX',
  'ms-powerpoint.presentation.macroenabled.main+xml': 'PPTM',
  'ms-powerpoint.slideshow.macroenabled.main+xml': 'PPSM',
  'ms-powerpoint.template.macroenabled.main+xml': 'POTM',
  'ms-visio.drawing.main+xml': 'VSDX',
};

const SENT: ReadonlySet<string> = new Set(['DOCX', 'XLSX', 'PPTX']);
const PREFIX = 'application/vnd.';

/** Maps the content of the entry `mimetype` to a label. */
const MIME_TYPES: readonly (readonly [RegExp, string, readonly string[]])[] = [
  [/opendocument\.text/, 'ODT', ['DOCX', 'PDF']],
  [/opendocument\.spreadsheet/, 'ODS', ['XLSX', 'PDF']],
  [/opendocument\.presentation/, 'ODP', ['PPTX', 'PDF']],
  [/opendocument\.graphics/, 'ODG', ['PDF', 'PNG']],
  [/epub/, 'EPUB', ['PDF']],
];

/**
 * The kind of a ZIP file. An Office document is recognised by the content types of its package, at any place in the
 * file.
 */
export async function contentOfZip(file: FileHandle, sizeBytes: number): Promise<Content> {
  const entries = await readZipDirectory(file, sizeBytes);
  if (entries === null) {
    return foreign('ZIP', {
      description: 'a ZIP or an Office document that was cut: the directory at its end is missing',
      help: 'Copy or download it again.',
    });
  }
  const types = find(entries, '[content_types].xml');
  if (types !== undefined) return contentOfPackage(file, types);
  return otherZip(file, entries);
}

async function contentOfPackage(file: FileHandle, types: ZipEntry): Promise<Content> {
  const xml = await readZipEntry(file, types);
  if (xml === null) {
    const why = types.isEncrypted ? 'are encrypted' : 'cannot be unpacked';
    return foreign('ZIP', { description: `an Office document whose content types ${why}` });
  }
  const label = mainPartOf(textOfXml(xml));
  if (label === null) {
    return foreign('ZIP', { description: 'a ZIP with [Content_Types].xml that names no document, sheet or slides' });
  }
  if (SENT.has(label)) return known(label);
  const plain = { D: 'DOCX', X: 'XLSX', P: 'PPTX', V: 'PDF' }[label.charAt(0)] ?? 'PDF';
  return foreign(label, { convertTo: [plain, 'PDF'] });
}

function mainPartOf(xml: string): string | null {
  for (const [, , type = ''] of xml.matchAll(/ContentType\s*=\s*(["'])(.*?)\1/gs)) {
    const wanted = type.trim().toLowerCase();
    if (!wanted.startsWith(PREFIX)) continue;
    const label = MAIN_PARTS[wanted.slice(PREFIX.length)];
    if (label !== undefined) return label;
  }
  return null;
}

/** XML without comments. UTF-8, unless the first bytes are those of UTF-16 with or without its mark. */
function textOfXml(xml: Buffer): string {
  const isLittle = (xml[0] === 0xff && xml[1] === 0xfe) || (xml[0] === 0x3c && xml[1] === 0);
  const isBig = (xml[0] === 0xfe && xml[1] === 0xff) || (xml[0] === 0 && xml[1] === 0x3c);
  const encoding = isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(xml).replace(/<!--.*?-->/gs, '');
}

async function otherZip(file: FileHandle, entries: readonly ZipEntry[]): Promise<Content> {
  const mime = find(entries, 'mimetype');
  const text = mime === undefined ? '' : ((await readZipEntry(file, mime))?.toString('latin1', 0, 200) ?? '');
  const [, label, convertTo] = MIME_TYPES.find(([pattern]) => pattern.test(text)) ?? [];
  if (label !== undefined && convertTo !== undefined) return foreign(label, { convertTo });
  if (find(entries, 'androidmanifest.xml')) return foreign('APK');
  if (find(entries, 'meta-inf/manifest.mf')) return foreign('JAR');
  if (entries.some(({ name }) => name.endsWith('.iwa'))) {
    return foreign('IWORK', {
      description: 'an Apple Pages, Numbers or Keynote document',
      convertTo: ['PDF', 'DOCX', 'XLSX', 'PPTX'],
    });
  }
  const inOffice = entries.find(({ name }) => /^(word|xl|ppt)\/\w+\.xml$/.test(name));
  if (inOffice !== undefined) {
    return foreign('ZIP', { description: `a ZIP with ${inOffice.name} but without [Content_Types].xml` });
  }
  return foreign('ZIP', { help: 'Unpack it and send the files in it.' });
}

/** Names in a package are compared without regard to case; some writers begin them with a slash. */
function find(entries: readonly ZipEntry[], name: string): ZipEntry | undefined {
  return entries.find((entry) => entry.name.replaceAll('\\', '/').replace(/^\//, '').toLowerCase() === name);
}
