import { movingPicture } from '../samples';
import { binary, hex, latin1 } from './documents';
import type { PeopleFile } from './people-files';
import { apng, bmp, isoMedia, jpegSegment, mpo, plain, pngChunk, withChunks, withSegments } from './pictures';

type Maker = (name: string, content: Buffer, says?: RegExp) => PeopleFile;

const made =
  (is: string): Maker =>
  (name, content, says) => ({ name, content, is, ...(says === undefined ? {} : { says }) });

const broken = made('IMAGE_BROKEN');

/** The extension that begins a frame of a GIF. */
const FRAME = hex('21f904');

export async function jpegFiles(): Promise<PeopleFile[]> {
  const jpg = made('JPG');
  const base = await plain().jpeg().toBuffer();
  const large = await plain(900, 700).jpeg().toBuffer();
  const progressive = await plain(900, 700).jpeg({ progressive: true }).toBuffer();
  const cmyk = await plain().toColourspace('cmyk').jpeg().toBuffer();
  const noEnd = / is a JPG without its end mark; viewers show it all the same/;
  return [
    jpg('camera.jpg', base),
    jpg('camera.JPEG', base),
    jpg('phone.jpg', await plain(1600, 1200).withMetadata({ orientation: 6 }).jpeg().toBuffer()),
    jpg('exif.jpg', withSegments(base, jpegSegment(0xe1, `Exif\0\0MM\0*\0\0\0\x08${'\0'.repeat(40)}`))),
    jpg('broken-exif.jpg', withSegments(base, jpegSegment(0xe1, Buffer.concat([latin1('Exif\0\0MM\0*'), Buffer.alloc(60, 255)])))),
    jpg('broken-profile.jpg', withSegments(base, jpegSegment(0xe2, 'ICC_PROFILE\0\x01\x01rubbish'))),
    jpg('xmp.jpg', withSegments(base, ...[1, 2, 3].map(() => jpegSegment(0xe1, `http://ns.adobe.com/xap/1.0/\0${'x'.repeat(60_000)}`)))),
    jpg('comment.jpg', withSegments(base, jpegSegment(0xfe, 'made by hand'))),
    jpg('long-comment.jpg', withSegments(base, jpegSegment(0xfe, 'made by hand '.repeat(5000)))),
    jpg('fill-bytes.jpg', withSegments(base, hex('ffffff'), jpegSegment(0xfe, ''))),
    jpg('stray-bytes.jpg', withSegments(base, jpegSegment(0xfe, ''), hex('00000000'))),
    jpg('progressive.jpg', progressive),
    jpg('cmyk.jpg', cmyk),
    jpg('grey.jpg', await plain().greyscale().jpeg().toBuffer()),
    jpg('no-subsampling.jpg', await plain().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer()),
    jpg('stereo.mpo', mpo(base), /is a JPG; sent as JPG/),
    jpg('two.jpg', mpo(base)),
    jpg('trailing.jpg', Buffer.concat([base, Buffer.from('hello'.repeat(1000))])),
    jpg('motion-photo.jpg', Buffer.concat([base, isoMedia('mp42')])),
    jpg('no-end.jpg', base.subarray(0, -2), noEnd),
    jpg('half-end.jpg', base.subarray(0, -1), noEnd),
    jpg('large-no-end.jpg', large.subarray(0, -2), noEnd),
    jpg('progressive-no-end.jpg', progressive.subarray(0, -2), noEnd),
    // The decoder does not need the end mark of this picture.
    jpg('cmyk-no-end.jpg', cmyk.subarray(0, -2)),
    made('TYPE_NOT_ALLOWED')('script.jpg', Buffer.concat([Buffer.from('\n'), base]), /is a JPG behind a blank or line break.*Remove what comes before\..*--as JPG/),
    jpg('wrong-name.png', base, /is a JPG; sent as JPG/),
    jpg('no-name', base),
    broken('cut-late.jpg', large.subarray(0, -60), /cannot be decoded: premature end/),
    broken('half.jpg', large.subarray(0, large.length / 2), /cannot be decoded: premature end/),
    broken('head.jpg', large.subarray(0, 300), /cannot be decoded/),
    broken('page.jpg', Buffer.from('<!doctype html><title>404</title>'), /its content is an HTML page/),
  ]; // prettier-ignore
}

export async function pngFiles(): Promise<PeopleFile[]> {
  const png = made('PNG');
  const base = await plain().png().toBuffer();
  const interlaced = await plain(300, 200).png({ progressive: true }).toBuffer();
  const data = base.indexOf('IDAT') + 4 + base.readUInt32BE(base.indexOf('IDAT') - 4);
  const sums = /with a wrong or missing checksum; viewers show it all the same/;
  const otherSum = (at: number): Buffer =>
    Buffer.concat([base.subarray(0, at), hex('00000000'), base.subarray(at + 4)]);
  return [
    png('shot.png', base),
    png('palette.png', await plain().png({ palette: true }).toBuffer()),
    png('deep.png', await plain().toColourspace('rgb16').png().toBuffer()),
    png('grey.png', await plain().greyscale().png().toBuffer()),
    png('clear.png', await plain(60, 40, 4).png().toBuffer()),
    png('interlaced.png', interlaced),
    png('moving.png', apng(base)),
    png('moving.apng', apng(base)),
    png('text.png', withChunks(base, pngChunk('tEXt', 'Comment\0hello'))),
    png('many-chunks.png', withChunks(base, ...Array.from({ length: 700 }, () => pngChunk('tEXt', 'Comment\0x')))),
    png('large-text.png', withChunks(base, pngChunk('iTXt', `XML:com.adobe.xmp\0\0\0\0\0${'x'.repeat(5_000_000)}`))),
    png('broken-text.png', withChunks(base, pngChunk('tEXt', 'Comment\0hello', 1))),
    png('broken-profile.png', withChunks(base, pngChunk('iCCP', 'icc\0\0rubbish'))),
    png('no-end.png', base.subarray(0, -12)),
    png('half-end.png', base.subarray(0, -5)),
    png('trailing.png', Buffer.concat([base, Buffer.alloc(3000)])),
    png('wrong-sum.png', otherSum(data), sums),
    png('wrong-header-sum.png', otherSum(29), sums),
    png('interlaced-no-sums.png', interlaced.subarray(0, -20), sums),
    png('IMG_0001 [edited]', base),
    png('scan [2].png', base),
    broken('cut.png', base.subarray(0, -60), /cannot be decoded/),
    broken('half.png', interlaced.subarray(0, interlaced.length / 2), /cannot be decoded/),
    broken('unknown-part.png', withChunks(base, pngChunk('ABCD', 'x')), /cannot be decoded/),
  ]; // prettier-ignore
}

export async function gifFiles(): Promise<PeopleFile[]> {
  const gif = made('GIF');
  const base = await plain(60, 40).gif({ effort: 1 }).toBuffer();
  const moving = await movingPicture();
  const noEnd = / is a GIF without its end mark; viewers show it all the same/;
  return [
    gif('still.gif', base),
    gif('old.gif', Buffer.concat([latin1('GIF87a'), base.subarray(6)])),
    gif('moving.gif', moving),
    gif('no-end.gif', moving.subarray(0, -1), noEnd),
    gif('no-ends.gif', base.subarray(0, -2), noEnd),
    gif('between-frames.gif', moving.subarray(0, moving.lastIndexOf(FRAME)), noEnd),
    broken('cut-late.gif', base.subarray(0, -6), /cannot be decoded/),
    gif('trailing.gif', Buffer.concat([moving, Buffer.alloc(2000)])),
    gif('wrong-name.jpg', base, /is a GIF; sent as GIF/),
    broken('half.gif', moving.subarray(0, moving.length * 0.6), /cannot be decoded|ends in the middle/),
    broken('note.gif', Buffer.from('GIF is a format.\n'), /its content is text/),
  ];
}

export async function foreignPictureFiles(): Promise<PeopleFile[]> {
  const refused = made('TYPE_NOT_ALLOWED');
  const save = (article: string): RegExp => new RegExp(`is ${article}; .*Save it as JPG or PNG\\.`);
  return [
    refused('IMG_0001.HEIC', isoMedia('heic'), save('a HEIC')),
    refused('IMG_0001.JPG', isoMedia('heic'), save('a HEIC')),
    refused('burst.heic', isoMedia('hevc'), save('a HEIC')),
    refused('photo.webp', await plain().webp().toBuffer(), save('a WEBP')),
    refused('moving.webp', await plain().webp({ loop: 0 }).toBuffer(), save('a WEBP')),
    refused('photo.avif', await plain(32, 32).avif({ effort: 0 }).toBuffer(), save('an AVIF')),
    refused('scan.tif', await plain().tiff().toBuffer(), save('a TIF')),
    refused('paint.bmp', bmp(), save('a BMP')),
    refused('icon.ico', binary(hex('00000100 0100 1010 0000')), save('an ICO')),
    refused('cursor.cur', binary(hex('00000200 0100 2020 0000')), save('a CUR')),
    refused('game.tga', binary(hex('0000 0200 0000 0000 0000 0000 2000 2000 1800')), save('a TGA')),
    refused('packed.jpg', binary(hex('0001 0900 0000 0118 0000 0000 2000 2000 0820')), save('a TGA')),
    refused('drawing.emf', binary(Buffer.concat([hex('01000000'), Buffer.alloc(36), latin1(' EMF')])), save('an EMF')),
    refused('drawing.wmf', binary(hex('d7cdc69a')), save('a WMF')),
    refused('scan.ppm', binary(Buffer.from('P6\n320 240\n255\n')), save('a PNM')),
    refused(
      'ftp.png',
      binary(hex('89504e47 0a1a0a00 00000d49')),
      /a PNG that a transfer in text mode has changed; .*in binary mode/,
    ),
    refused('layers.psd', binary('8BPS\0\x01'), save('a PSD')),
    refused('photo.jxl', binary(hex('0000000c 4a584c20 0d0a870a')), save('a JXL')),
    refused('photo.cr2', binary(hex('49492a00 10000000 4352 0200')), save('a CR2')),
    refused('logo.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /is an SVG; .*Save it as PNG\./),
  ];
}
