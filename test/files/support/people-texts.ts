import { binary, hex, latin1, utf16, utf32 } from './documents';
import type { PeopleFile } from './people-files';
import { isoMedia } from './pictures';
import { zipOf } from './packages';

const sent = (name: string, content: string | Buffer, says?: RegExp): PeopleFile => ({
  name,
  content: Buffer.from(content),
  is: 'TXT',
  ...(says === undefined ? {} : { says }),
});
const refused = (name: string, content: string | Buffer, says: RegExp): PeopleFile => ({
  name,
  content: Buffer.from(content),
  is: 'TYPE_NOT_ALLOWED',
  says,
});

/** What begins like a mark of another type, and is text. */
const LIKE_MARKS = [
  'GIF', 'GIF89a', 'GIF87a', 'BM', 'MZ', 'ID3', 'AC1015', 'PK', 'Rar!', '7z', 'RIFF', 'FORM', 'OggS', 'fLaC', 'MThd',
  'wOFF', 'OTTO', '8BPS', 'II*', 'MM', 'FLV', 'FWS', 'CWS', 'SQLi', 'BZh', '070707', 'solid', '#!AMR', '%!PS',
  'IWAD', 'LZIP', 'MPCK', 'SIMPLE', 'ttcf', '{\\rtf', '-----BEGIN PGP MESSAGE-----', 'BEGIN:VCARD', 'WEBVTT', '<?xml',
  '%PDF', '%PDF-1.7', 'DICM', 'Cr24', '!<arch>', 'ITSF', 'regf', 'DDS', 'qoif', 'gimp xcf', 'MSCF', 'LRZI', 'AVI',
] as const; // prettier-ignore

export function textFiles(): PeopleFile[] {
  const long = 'word '.repeat(300_000);
  const cut = Buffer.from('Grüße aus Köln ü').subarray(0, -1);
  return [
    ...LIKE_MARKS.map((mark, index) => sent(`mark-${index}.txt`, `${mark} is how this text begins.\nAnother line.\n`)),
    sent('bom.txt', '\ufeffGIFT AID\nDonations\n'),
    sent('crlf.txt', 'one\r\ntwo\r\n'),
    sent('one-long-line.txt', long),
    sent('one-letter.txt', 'x'),
    sent('newline.txt', '\n'),
    sent('emoji.txt', 'Grüße, 漢字 👍\n'.repeat(30_000)),
    sent('README', 'BM25 is how results are ranked.\n'),
    sent('about-pdf.txt', 'Each file begins with %PDF-1.7 and ends with %%EOF.\n'),
    sent('about-objects.txt', 'A file looks like this:\n\n%PDF-1.7\n1 0 obj\n<<>>\nendobj\n\nand so on.\n'),
    sent('ansi.txt', '\x1b[31mred\x1b[0m\x07\f\b\n\x1a'),
    sent('wide-le.txt', utf16('BMW and others\r\n', 'le')),
    sent('wide-be.txt', utf16('GIFT\n', 'be')),
    refused('wide-no-mark.txt', utf16('photo 1.png\r\nphoto 2.png\r\n', 'le', false), /UTF-16 without a byte order mark.*Save it as UTF-8/),
    refused('wide-be-no-mark.txt', utf16('photo 1.png\r\nphoto 2.png\r\n', 'be', false), /UTF-16 without/),
    refused('wide-cut.txt', utf16('hello', 'le').subarray(0, -1), /UTF-16 that ends in the middle of a character/),
    refused('utf-32.txt', utf32('hello'), /UTF-32/),
    refused('latin1.txt', latin1('Sch\xf6ne Gr\xfc\xdfe'), /another encoding than UTF-8.*0xF6 at offset 3, line 1/),
    refused('latin1-gift.txt', latin1('GIFT f\xfcr M\xe4use\n'), /another encoding than UTF-8/),
    refused('greetings.txt', latin1('Viele Gr\xfc\xdfe\n'), /perhaps Windows-1252 or Latin-1/),
    refused('french.txt', latin1('L\x92\xe9t\xe9 \xe0 la fran\xe7aise\n'), /perhaps Windows-1252 or Latin-1/),
    refused('spanish.txt', latin1('\xbfCu\xe1ndo? \xa1A\xf1o!\n'), /perhaps Windows-1252 or Latin-1/),
    refused('cyrillic.txt', hex('cff0e8e2e5f220ece8f0', '0a'), /perhaps one for Cyrillic/),
    refused('shift-jis.txt', hex('93fa967b8cea82cc83658358836781420a'), /another encoding than UTF-8, perhaps one for Cyrillic, Greek or East Asia/),
    refused('katakana.txt', hex('834a835e834a8369', '2c310a'), /perhaps one for Cyrillic, Greek or East Asia/),
    refused('mixed.txt', Buffer.concat([Buffer.from('Grüße\n'), latin1('Gr\xfc\xdfe\n')]), /a byte that is not UTF-8 \(0xFC at offset 10, line 2\)/),
    refused('cut.txt', cut, /ends in the middle of a character/),
    refused('cut-start.txt', Buffer.from('üGrüße\n').subarray(1), /begins in the middle of a character/),
    refused('nul.txt', 'one\ntwo\0three\n', /a NUL character \(at offset 7, line 2\)/),
    refused('binary-behind.txt', Buffer.concat([Buffer.from('text '.repeat(2000)), binary('', 400)]), /text up to a byte that is not text/),
  ]; // prettier-ignore
}

export function tableFiles(): PeopleFile[] {
  const text = / is text; sent as TXT$/;
  return [
    sent('gift.csv', 'GIFT;PRICE\nmug;4\n', text),
    sent('fleet.csv', 'BMW 320;2019\n', text),
    sent('bom.csv', '\ufeffname;sum\r\nA;1\r\n', text),
    sent('tabs.tsv', 'a\tb\n', text),
    sent('server.log', 'MZ 2026-01-02 start\n'.repeat(5000), text),
    sent('notes.md', 'ID3 tags hold title and artist.\n', text),
    sent('data.json', '{"a": [1, 2, 3]}', text),
    sent('lines.ndjson', '{"a":1}\n{"a":2}\n', text),
    sent('conf.yaml', 'a: 1\n', text),
    sent('conf.ini', '[a]\nb=1\n', text),
    sent('person.vcf', 'BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n', text),
    sent('date.ics', 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n', text),
    sent('subtitles.srt', '1\n00:00:01,000 --> 00:00:02,000\nHi\n', text),
    sent('query.sql', 'SELECT 1;\n', text),
    sent('mail.eml', 'From: a@example.com\r\n\r\nHello\r\n', text),
    sent('key.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n', text),
    sent('drawing.dxf', '0\nSECTION\n2\nHEADER\nAC1032\n', text),
    sent('wide.csv', utf16('a;b\r\n', 'le'), text),
    refused('excel.csv', latin1('Stra\xdfe;Preis\r\nK\xf6ln;4 \x80\r\n'), /another encoding than UTF-8, perhaps Windows-1252 or Latin-1/),
    refused('page.html', '<!doctype html><p>hi</p>', /is an HTML/),
    refused('data.xml', '<?xml version="1.0"?><a/>', /is an XML/),
    refused('run.sh', '#!/bin/sh\necho\n', /is an SH/),
    { ...refused('logo.png', '<svg xmlns="http://www.w3.org/2000/svg"/>', /is an SVG/) },
    { ...refused('photo.jpg', '<!DOCTYPE html><html>Not found</html>', /its content is an HTML page.*--as TXT/), is: 'IMAGE_BROKEN' },
    { ...refused('note.jpg', 'hello\n', /its content is text.*export it again.*--as TXT/), is: 'IMAGE_BROKEN' },
    refused('invoice.pdf', '\ufeff\n<!-- a -->\n<html><body>Log in</body></html>', /is an HTML page; .*download the file again.*--as TXT/),
    refused('old-name.xls', '<?xml version="1.0"?>\n<html xmlns="x"><table/></html>', /is an HTML page/),
    refused('denied.docx', '<?xml version="1.0"?><Error/>', /is an XML/),
    refused('rich.doc', '{\\rtf1 Hello}', /is an RTF/),
    sent('plain.pdf', 'This is a letter.\n', text),
    sent('page.txt', '<!DOCTYPE html><html/>'),
    { name: 'empty.txt', content: Buffer.alloc(0), is: 'EMPTY_FILE', says: /is empty/ },
  ]; // prettier-ignore
}

export function programFiles(): PeopleFile[] {
  return [
    refused('files.zip', zipOf([['a.txt', 'a']]), /is a ZIP; .*Unpack it/),
    refused('empty.zip', zipOf([]), /is a ZIP/),
    refused('streamed.zip', zipOf([['a.txt', 'a']], { layout: 'streamed' }), /is a ZIP/),
    refused('secret.zip', zipOf([['a.txt', 'a']], { isEncrypted: true }), /is a ZIP/),
    refused('cut.zip', zipOf([['a.txt', 'a'.repeat(90)]]).subarray(0, 40), /was cut/),
    refused('app.jar', zipOf([['META-INF/MANIFEST.MF', 'a']]), /is a JAR/),
    refused('app.apk', zipOf([['AndroidManifest.xml', 'a']]), /is an APK/),
    refused('logs.gz', binary(hex('1f8b0800 00000000 0003')), /is a GZ/),
    refused('files.7z', binary(hex('377abcaf271c0004')), /is a 7Z/),
    refused('files.rar', binary(hex('526172211a0700')), /is a RAR/),
    refused('setup.exe', binary(hex('4d5a9000030000000400')), /is an EXE/),
    refused('tool', binary(hex('7f454c4602010100')), /is an ELF/),
    refused('mail.sqlite', binary('SQLite format 3\0'), /is a SQLITE/),
    refused(
      'signed.p7m',
      Buffer.concat([hex('3082'), binary('', 300)]),
      /of no type that Ferry knows \(it begins with 30 82/,
    ),
    refused(
      'winmail.dat',
      Buffer.concat([hex('789f3e22'), binary('', 300)]),
      /winmail.dat: attachments that only Outlook can read/,
    ),
    refused('._scan', Buffer.concat([hex('00051607'), binary('', 300)]), /macOS writes beside the real file/),
    refused('noise.bin', binary(hex('00')), /of no type that Ferry knows \(it begins with 00 /),
  ];
}

export function mediaFiles(): PeopleFile[] {
  return [
    refused('song.mp3', binary(hex('4944330300000000000a 54495432000000000000 fffb9064')), /is an MP3/),
    refused('voice.mp3', binary(hex('fffb9064')), /is an MP3/),
    refused('voice.wav', binary(Buffer.concat([latin1('RIFF'), hex('a40f0000'), latin1('WAVEfmt ')])), /is a WAV/),
    refused('voice.m4a', isoMedia('M4A '), /is an M4A/),
    refused('voice.ogg', binary(Buffer.concat([latin1('OggS'), hex('0002'), Buffer.alloc(22), latin1('\x01vorbis')])), /is an OGG/),
    refused('voice.flac', binary('fLaC\0'), /is a FLAC/),
    refused('voice.amr', binary('#!AMR\n'), /is an AMR/),
    refused('film.mp4', isoMedia('isom'), /is an MP4/),
    refused('film.mov', isoMedia('qt  '), /is a MOV/),
    refused('film.avi', binary(Buffer.concat([latin1('RIFF'), hex('a40f0000'), latin1('AVI LIST')])), /is an AVI/),
    refused('film.webm', binary(hex('1a45dfa3 8b 4282 84 7765626d')), /is a WEBM/),
  ]; // prettier-ignore
}
