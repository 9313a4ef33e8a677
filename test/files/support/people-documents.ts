import { asciiPdf, binary, hex, latin1, pdf } from './documents';
import { compoundFile, officeFile, zipOf, type Layout, type OfficeKind, type PackageOptions } from './packages';
import type { PeopleFile } from './people-files';

const OFFSET = (at: number): RegExp => new RegExp(`is a PDF that begins only at offset ${at};`);

export function documentFiles(): PeopleFile[] {
  const is = (name: string, content: Buffer, says?: RegExp): PeopleFile => ({
    name,
    content,
    is: 'PDF',
    ...(says === undefined ? {} : { says }),
  });
  const before = (text: string): Buffer => Buffer.concat([latin1(text), pdf()]);
  return [
    is('plain.pdf', pdf()),
    is('version-2.pdf', pdf('2.0')),
    is('ascii.pdf', asciiPdf()),
    is('linearised.pdf', Buffer.from(pdf().toString('latin1').replace('<</Type/Catalog', '<</Linearized 1/Type/Catalog'), 'latin1')),
    is('encrypted.pdf', pdf('1.6', '/Encrypt 9 0 R')),
    is('trailing.pdf', Buffer.concat([pdf(), Buffer.alloc(5000)])),
    is('trailing-newlines.pdf', Buffer.concat([pdf(), latin1('\r\n\r\n')])),
    is('cut.pdf', pdf().subarray(0, -60)),
    is('large.pdf', Buffer.concat([pdf().subarray(0, 20), binary('', 400_000), pdf()])),
    is('bom.pdf', Buffer.concat([hex('efbbbf'), pdf()]), OFFSET(3)),
    is('newline.pdf', before('\n'), OFFSET(1)),
    is('newline-ascii.pdf', Buffer.concat([latin1('\r\n'), asciiPdf()]), OFFSET(2)),
    is('printer.pdf', before('\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PDF\r\n'), OFFSET(44)),
    is('mail.pdf', before('Content-Type: application/pdf\r\nContent-Length: 600\r\n\r\n'), OFFSET(54)),
    is('nuls.pdf', before('\0\0\0\0'), OFFSET(4)),
    is('any-name.dat', pdf(), /is a PDF; sent as PDF/),
    is('scan.txt', pdf(), /is a PDF; sent as PDF/),
    {
      name: 'too-late-in-letters.pdf',
      content: Buffer.concat([latin1('x'.repeat(1030)), latin1(`${asciiPdf().toString('latin1')}\xe4`)]),
      is: 'TYPE_NOT_ALLOWED',
      says: /data with a PDF at offset 1030/,
    },
    {
      name: 'too-late.pdf',
      content: Buffer.concat([binary(hex('00'), 3000), pdf()]),
      is: 'TYPE_NOT_ALLOWED',
      says: /data with a PDF at offset 3001/,
    },
    { name: 'scan.jpg', content: pdf(), is: 'IMAGE_BROKEN', says: /its content is a PDF/ },
  ]; // prettier-ignore
}

const LAYOUTS: readonly Layout[] = ['sized', 'streamed', 'streamed-64', 'streamed-bare'];

export function officeFiles(kind: 'docx' | 'xlsx' | 'pptx'): PeopleFile[] {
  const is = (name: string, options: PackageOptions): PeopleFile => ({
    name: `${name}.${kind}`,
    content: officeFile(kind, options),
    is: kind.toUpperCase(),
  });
  const noise = binary('', 1_300_000);
  const laidOut = LAYOUTS.flatMap((layout) =>
    (['first', 'last'] as const).map((types) => is(`${layout}-types-${types}`, { layout, types })),
  );
  const refused = (name: string, content: Buffer, says: RegExp): PeopleFile => ({
    name,
    content,
    is: 'TYPE_NOT_ALLOWED',
    says,
  });
  const common = [
    ...laidOut,
    is('single-quotes', { quote: "'" }),
    is('utf16', { encoding: 'utf16le', types: 'last' }),
    is('with-picture', { types: 'last', layout: 'streamed', extra: [['media/image1.png', noise]] }),
  ];
  if (kind !== 'docx') return [...common, ...variantsOf(kind === 'xlsx' ? ['xlsm', 'xlsb'] : ['ppsx'], refused)];
  return [
    ...common,
    is('utf16be', { encoding: 'utf16be' }),
    is('utf8-bom', { encoding: 'utf8-bom' }),
    is('prefixed', { prefix: 'ct:' }),
    is('stored', { stored: true }),
    is('comment', { comment: 'made by a server' }),
    is('appended', { after: Buffer.alloc(512) }),
    is('prepended', { before: Buffer.from('PK\x03\x04 a stub') }),
    is('other-case', { typesName: '[content_types].XML' }),
    is('backslashes', { extra: [['word\\media\\a.png', 'x']] }),
    { ...is('renamed', {}), name: 'letter.doc', says: /is a DOCX; sent as DOCX/ },
    ...variantsOf(['docm', 'dotx'], refused),
    refused('no-types.docx', officeFile('docx', { types: 'absent' }), /a ZIP with word\/document\.xml but without \[Content_Types\]/),
    refused('script.docx', Buffer.concat([Buffer.from('\r\n\r\n'), officeFile('docx')]), /a ZIP or an Office document behind 4 blanks or line breaks/),
    refused('cut.docx', officeFile('docx').subarray(0, -200), /was cut: the directory at its end is missing/),
    refused('zip-password.docx', officeFile('docx', { isEncrypted: true }), /content types are encrypted/),
  ]; // prettier-ignore
}

function variantsOf(
  kinds: readonly OfficeKind[],
  refused: (name: string, content: Buffer, says: RegExp) => PeopleFile,
): PeopleFile[] {
  return kinds.map((kind) => {
    const label = kind.toUpperCase();
    return refused(`macro.${kind}`, officeFile(kind), new RegExp(`is an? ${label}; .*Save it as \\w+ or PDF\\.`));
  });
}

export function oldOfficeFiles(): PeopleFile[] {
  const refused = (name: string, content: Buffer, says: RegExp): PeopleFile => ({
    name,
    content,
    is: 'TYPE_NOT_ALLOWED',
    says,
  });
  const open = (type: string): Buffer =>
    zipOf([['mimetype', `application/vnd.oasis.opendocument.${type}`], ['content.xml', '<a/>']]); // prettier-ignore
  return [
    refused('letter.doc', compoundFile('WordDocument'), /is a DOC; .*Save it as DOCX or PDF/),
    refused('table.xls', compoundFile('Workbook'), /is an XLS; .*Save it as XLSX or PDF/),
    refused('older.xls', compoundFile('Book'), /is an XLS/),
    refused('slides.ppt', compoundFile('PowerPoint Document'), /is a PPT; .*Save it as PPTX or PDF/),
    refused('mail.msg', compoundFile('__properties_version1.0'), /an Outlook message/),
    refused('setup.msi', compoundFile('Property'), /a compound file \(OLE\)/),
    refused('password.docx', compoundFile('EncryptedPackage'), /protected by a password; .*Remove the password/),
    refused('password.xlsx', compoundFile('EncryptedPackage'), /protected by a password/),
    refused('letter.odt', open('text'), /is an ODT; .*Save it as DOCX or PDF/),
    refused('table.ods', open('spreadsheet'), /is an ODS; .*Save it as XLSX or PDF/),
    refused('slides.odp', open('presentation'), /is an ODP/),
    refused('letter.pages', zipOf([['Index/Document.iwa', 'x']]), /an Apple Pages, Numbers or Keynote document/),
    refused('book.epub', zipOf([['mimetype', 'application/epub+zip']]), /is an EPUB/),
    { name: 'letter.rtf', content: Buffer.from('{\\rtf1\\ansi Hello}'), is: 'TYPE_NOT_ALLOWED', says: /is an RTF; .*Save it as DOCX or PDF/ },
  ]; // prettier-ignore
}
