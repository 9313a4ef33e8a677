/** ZIP files and Office packages as different programs write them. */
import { crc32, deflateRawSync } from 'node:zlib';

/** How an entry's sizes are written: in its header, or behind its data as servers do that stream what they write. */
export type Layout = 'sized' | 'streamed' | 'streamed-64' | 'streamed-bare';

export interface ZipOptions {
  readonly layout?: Layout;
  readonly before?: Buffer;
  readonly after?: Buffer;
  readonly comment?: string;
  readonly isEncrypted?: boolean;
  readonly stored?: boolean;
}

export type Entries = readonly (readonly [name: string, content: Buffer | string])[];

export function zipOf(entries: Entries, options: ZipOptions = {}): Buffer {
  const { layout = 'sized', before = Buffer.alloc(0), after = Buffer.alloc(0), comment = '' } = options;
  const locals: Buffer[] = [before];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of entries) {
    const entry = entryOf(name, Buffer.from(content), layout, options);
    locals.push(entry.local);
    central.push(entry.central(offset));
    offset += entry.local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, directory, end, Buffer.from(comment, 'latin1'), after]);
}

function entryOf(
  name: string,
  content: Buffer,
  layout: Layout,
  { isEncrypted = false, stored = false }: ZipOptions,
): { local: Buffer; central: (offset: number) => Buffer } {
  const data = stored ? content : deflateRawSync(content);
  const isStreamed = layout !== 'sized';
  const flags = (isStreamed ? 8 : 0) | (isEncrypted ? 1 : 0);
  const sums = [crc32(content), data.length, content.length] as const;
  const fields = (values: readonly [number, number, number]): Buffer => {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(layout === 'streamed-64' ? 45 : 20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(stored ? 0 : 8, 4);
    values.forEach((value, index) => common.writeUInt32LE(value, 10 + 4 * index));
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    return common;
  };
  const header = [Buffer.from('PK\x03\x04'), fields(isStreamed ? [0, 0, 0] : sums), Buffer.from(name)];
  const local = Buffer.concat([...header, data, descriptor(layout, sums)]);
  const central = (offset: number): Buffer => {
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    return Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), fields(sums), rest, Buffer.from(name)]);
  };
  return { local, central };
}

function descriptor(layout: Layout, [crc, packed, size]: readonly [number, number, number]): Buffer {
  if (layout === 'sized') return Buffer.alloc(0);
  const sums = Buffer.alloc(layout === 'streamed-64' ? 20 : 12);
  sums.writeUInt32LE(crc, 0);
  if (layout === 'streamed-64') {
    sums.writeBigUInt64LE(BigInt(packed), 4);
    sums.writeBigUInt64LE(BigInt(size), 12);
  } else {
    sums.writeUInt32LE(packed, 4);
    sums.writeUInt32LE(size, 8);
  }
  return layout === 'streamed-bare' ? sums : Buffer.concat([Buffer.from('PK\x07\x08'), sums]);
}

const OPEN = 'application/vnd.openxmlformats-officedocument.';
const MS = 'application/vnd.ms-';

/** The main part of a package: its name and its content type. */
const MAIN = {
  docx: ['word/document.xml', `${OPEN}wordprocessingml.document.main+xml`],
  docm: ['word/document.xml', `${MS}word.document.macroEnabled.main+xml`],
  dotx: ['word/document.xml', `${OPEN}wordprocessingml.template.main+xml`],
  xlsx: ['xl/workbook.xml', `${OPEN}spreadsheetml.sheet.main+xml`],
  xlsm: ['xl/workbook.xml', `${MS}excel.sheet.macroEnabled.main+xml`],
  xlsb: ['xl/workbook.bin', `${MS}excel.sheet.binary.macroEnabled.main`],
  pptx: ['ppt/presentation.xml', `${OPEN}presentationml.presentation.main+xml`],
  ppsx: ['ppt/presentation.xml', `${OPEN}presentationml.slideshow.main+xml`],
} as const;

export type OfficeKind = keyof typeof MAIN;

export interface PackageOptions extends ZipOptions {
  readonly quote?: '"' | "'";
  readonly encoding?: 'utf8' | 'utf8-bom' | 'utf16le' | 'utf16be';
  /** Where the content types lie among the entries. @default 'first' */
  readonly types?: 'first' | 'last' | 'absent';
  readonly typesName?: string;
  readonly extra?: Entries;
  readonly prefix?: string;
}

export function officeFile(kind: OfficeKind, options: PackageOptions = {}): Buffer {
  const { types = 'first', typesName = '[Content_Types].xml', extra = [] } = options;
  const entries: Entries = [
    ['_rels/.rels', `<Relationships><Relationship Target="${MAIN[kind][0]}"/></Relationships>`],
    [MAIN[kind][0], '<main>text</main>'],
    ...extra,
  ];
  const contentTypes = [typesName, encoded(contentTypesOf(kind, options), options.encoding ?? 'utf8')] as const;
  const all =
    types === 'first' ? [contentTypes, ...entries] : [...entries, ...(types === 'last' ? [contentTypes] : [])];
  return zipOf(all, options);
}

function contentTypesOf(kind: OfficeKind, { quote: q = '"', prefix = '' }: PackageOptions): string {
  const [part, type] = MAIN[kind];
  return [
    `<?xml version=${q}1.0${q}?>`,
    `<!-- ContentType="${MAIN.pptx[1]}" in a comment says nothing -->`,
    `<${prefix}Types xmlns=${q}http://schemas.openxmlformats.org/package/2006/content-types${q}>`,
    `<${prefix}Default Extension=${q}xlsx${q} ContentType=${q}${OPEN}spreadsheetml.sheet${q}/>`,
    `<${prefix}Override PartName=${q}/${part}${q} ContentType=${q}${type}${q}/></${prefix}Types>`,
  ].join('\n');
}

function encoded(text: string, encoding: NonNullable<PackageOptions['encoding']>): Buffer {
  if (encoding === 'utf8') return Buffer.from(text);
  if (encoding === 'utf8-bom') return Buffer.from(`\ufeff${text}`);
  const wide = Buffer.from(`\ufeff${text}`, 'utf16le');
  return encoding === 'utf16le' ? wide : wide.swap16();
}

/** A compound file (OLE) of one stream: Office before 2007, or with a password. */
export function compoundFile(stream: string): Buffer {
  const file = Buffer.alloc(512 * 4);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(file);
  directoryEntry('Root Entry', 5).copy(file, 512 * 2);
  directoryEntry(stream, 2).copy(file, 512 * 2 + 128);
  return file;
}

function directoryEntry(name: string, type: number): Buffer {
  const entry = Buffer.alloc(128);
  entry.write(name, 'utf16le');
  entry.writeUInt16LE(2 * name.length + 2, 64);
  entry[66] = type;
  return entry;
}
