import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { isFerryError, type ErrorCode } from '../../src/errors';
import { inspectFile, makePreview, type FileRules } from '../../src/files';
import {
  asNobody,
  claimingToBeHuge,
  identityOf,
  movingPicture,
  officeDocument,
  picture,
  tempDir,
  zip,
} from './samples';

const PICTURES: FileRules = { types: ['JPG', 'JPEG', 'PNG', 'GIF'], maxBytes: 3_000_000 };
const ALL: FileRules = {
  types: ['JPG', 'JPEG', 'PNG', 'GIF', 'PDF', 'DOCX', 'XLSX', 'PPTX', 'TXT'],
  maxBytes: 2 ** 31,
};

let dir: string;
let remove: () => void;
let jpeg: Buffer;
let png: Buffer;

beforeAll(async () => {
  ({ dir, remove } = tempDir());
  jpeg = await picture('jpeg');
  png = await picture('png');
});
afterAll(() => remove());

function put(name: string, content: Buffer | string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

async function refusal(path: string, rules: FileRules): Promise<{ code: ErrorCode; message: string }> {
  try {
    const seen = await inspectFile(path, rules);
    throw new Error(`inspected well as ${seen.fileType}`);
  } catch (error) {
    if (!isFerryError(error)) throw error;
    return { code: error.code, message: error.message };
  }
}

describe('what a file is', () => {
  test('many comments in a row do not slow down the search for markup', async () => {
    // The time limit of the test fails it: each further comment once doubled the time.
    const path = put('comments.pdf', '<!---->'.repeat(500));
    expect((await inspectFile(path, ALL)).fileType).toBe('TXT');
  });

  test.each([
    ['photo.jpg', 'jpeg', 'JPG'],
    ['photo.JPEG', 'jpeg', 'JPG'],
    ['scan.png', 'png', 'PNG'],
    ['moving.gif', 'gif', 'GIF'],
  ] as const)('%s is told by its content and named as LivePerson names it', async (name, format, type) => {
    const content = await picture(format);
    const path = put(name, content);
    const seen = await inspectFile(path, PICTURES);
    expect(seen).toMatchObject({ path, name, sizeBytes: content.length, fileType: type, notes: [] });
    expect(seen.mtimeMs).toBeGreaterThan(0);
    expect(seen.inode).toBeGreaterThan(0);
  });

  test('a JPEG is called JPEG only where the account knows no JPG', async () => {
    const seen = await inspectFile(put('only.jpg', jpeg), { types: ['JPEG'], maxBytes: 3_000_000 });
    expect(seen).toMatchObject({ fileType: 'JPEG', notes: [] });
  });

  test('an ending that contradicts the content is a note and no refusal', async () => {
    const seen = await inspectFile(put('wrong.jpg', png), PICTURES);
    expect(seen).toMatchObject({ fileType: 'PNG', notes: ['wrong.jpg is a PNG; sent as PNG'] });
  });

  test('a name without ending needs no note', async () => {
    expect(await inspectFile(put('scan', png), PICTURES)).toMatchObject({ fileType: 'PNG', notes: [] });
  });

  test.each(['docx', 'xlsx', 'pptx'] as const)('office documents are told apart: %s', async (kind) => {
    const seen = await inspectFile(put(`document.${kind}`, officeDocument(kind)), ALL);
    expect(seen).toMatchObject({ fileType: kind.toUpperCase(), notes: [] });
  });

  test('an office document is told by its content whether it is read at once or in pieces', async () => {
    const small = officeDocument('docx');
    const large = Buffer.concat([small, Buffer.alloc(200_000)]);
    for (const content of [small, large]) {
      expect((await inspectFile(put('any.docx', content), ALL)).fileType).toBe('DOCX');
    }
  });

  test('a PDF and a text are recognised where the account allows documents', async () => {
    const pdf = await inspectFile(put('paper.pdf', '%PDF-1.7\n%\xe2\n'), ALL);
    expect(pdf.fileType).toBe('PDF');
    const utf8 = await inspectFile(put('letter.txt', 'Grüße, 漢字 👍\n'.repeat(40_000)), ALL);
    expect(utf8).toMatchObject({ fileType: 'TXT', notes: [] });
    const utf16 = await inspectFile(put('wide.txt', Buffer.from('\ufeffhello', 'utf16le')), ALL);
    expect(utf16.fileType).toBe('TXT');
  });

  test('a text whose first letters look like the mark of another type is still a text', async () => {
    expect((await inspectFile(put('cars.txt', 'BMW and other cars'), ALL)).fileType).toBe('TXT');
  });

  test('a text with an ending of its own is sent as text, with a note', async () => {
    const seen = await inspectFile(put('table.csv', 'a,b\n1,2\n'), ALL);
    expect(seen).toMatchObject({ fileType: 'TXT', notes: ['table.csv is text; sent as TXT'] });
  });

  test('links are resolved, and the name stays the one that the user gave', async () => {
    const real = put('real.png', png);
    symlinkSync(real, join(dir, 'link.png'));
    expect(await inspectFile(join(dir, 'link.png'), PICTURES)).toMatchObject({ path: real, name: 'link.png' });
  });

  test('a JPEG followed by a long tail of other bytes is still a JPEG that decodes', async () => {
    const path = put('tail.jpg', jpeg);
    truncateSync(path, 200_000_000);
    const seen = await inspectFile(path, ALL);
    expect(seen).toMatchObject({ fileType: 'JPG', sizeBytes: 200_000_000, notes: [] });
  });
});

test('a picture of very many pixels is not decoded, has no preview, and goes with a note', async () => {
  const path = put('huge.png', claimingToBeHuge(png));
  const seen = await inspectFile(path, PICTURES);
  expect(seen.notes).toEqual(['huge.png has too many pixels; sent without being decoded and without a preview']);
  expect(await makePreview(identityOf(path), 'PNG')).toBeNull();
});

describe('what is refused', () => {
  test.each([
    ['nothing at this path', 'absent.jpg', 'SOURCE_MISSING'],
    ['a path through a file', 'blocked/absent.jpg', 'SOURCE_MISSING'],
    ['a name that is too long', 'x'.repeat(300), 'SOURCE_MISSING'],
    ['a name with NUL', 'a\0b', 'SOURCE_MISSING'],
  ] as const)('%s is a missing source', async (_what, name, code) => {
    put('blocked', 'x');
    expect((await refusal(join(dir, name), PICTURES)).code).toBe(code);
  });

  test('a broken link is a missing source', async () => {
    symlinkSync(join(dir, 'nowhere'), join(dir, 'dangling.jpg'));
    expect((await refusal(join(dir, 'dangling.jpg'), PICTURES)).code).toBe('SOURCE_MISSING');
  });

  test('A directory, a named pipe, a socket and a device are refused as NOT_A_FILE without being opened', async () => {
    mkdirSync(join(dir, 'folder.jpg'));
    execFileSync('mkfifo', [join(dir, 'pipe.jpg')]);
    const server: Server = createServer();
    await new Promise<void>((resolve) => server.listen(join(dir, 's.sock'), resolve));
    try {
      const folder = await refusal(join(dir, 'folder.jpg'), PICTURES);
      expect(folder).toEqual({
        code: 'NOT_A_FILE',
        message: `${join(dir, 'folder.jpg')} is a directory, not a file.`,
      });
      expect((await refusal(join(dir, 'pipe.jpg'), PICTURES)).code).toBe('NOT_A_FILE');
      expect((await refusal(join(dir, 's.sock'), PICTURES)).code).toBe('NOT_A_FILE');
      expect((await refusal('/dev/null', PICTURES)).code).toBe('NOT_A_FILE');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('a file that may not be read says so', async () => {
    const path = put('secret.png', png);
    chmodSync(path, 0o000);
    expect((await asNobody(() => refusal(path, PICTURES))).code).toBe('SOURCE_UNREADABLE');
  });

  test('an empty file', async () => {
    expect((await refusal(put('empty.jpg', ''), PICTURES)).code).toBe('EMPTY_FILE');
  });

  test('a file over the limit, with both numbers', async () => {
    const path = put('large.jpg', jpeg);
    truncateSync(path, 3_000_001);
    expect(await refusal(path, PICTURES)).toEqual({
      code: 'TOO_LARGE',
      message: `${path} has 3 MB (3,000,001 bytes); the account takes at most 3 MB (3,000,000 bytes).`,
    });
    truncateSync(path, 3_000_000);
    expect((await inspectFile(path, PICTURES)).sizeBytes).toBe(3_000_000);
  });

  test('a type that the account does not take, naming those that it takes', async () => {
    const path = put('moving.gif', await picture('gif'));
    expect(await refusal(path, { types: ['JPG', 'PNG'], maxBytes: 3_000_000 })).toEqual({
      code: 'TYPE_NOT_ALLOWED',
      message: `${path} is a GIF; the account takes JPG, PNG.`,
    });
  });

  test.each([
    ['a ZIP', 'data.zip', zip({ 'a.txt': 'a' })],
    ['bytes of no known type', 'data.bin', Buffer.from([0, 1, 2, 3, 0xff, 0xfe])],
    ['an SVG', 'logo.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['an HTML page', 'page.html', '<!doctype html><script>alert(1)</script>'],
    ['a text with a NUL character', 'odd.txt', 'abc\0def'],
    ['a text that is not UTF-8', 'latin.txt', Buffer.from([0x67, 0xfc, 0x6e])],
    ['a text that is cut within a character', 'cut.txt', Buffer.from('ü').subarray(0, 1)],
  ])('The type of %s is unknown', async (_what, name, content) => {
    expect((await refusal(put(name, content), ALL)).code).toBe('TYPE_NOT_ALLOWED');
  });

  test('A text that becomes binary after a megabyte is not text', async () => {
    const content = Buffer.concat([Buffer.alloc(1_100_000, 'a'), Buffer.from([0xff, 0x00])]);
    expect((await refusal(put('late.txt', content), ALL)).code).toBe('TYPE_NOT_ALLOWED');
  });

  test.each([
    ['a text', 'this is not a picture'],
    ['a PDF', '%PDF-1.7\n'],
    ['bytes of no known type', Buffer.from([0, 1, 2, 3, 0xff])],
  ])('%s behind the ending of a picture is a broken picture', async (_what, content) => {
    expect((await refusal(put('fake.jpg', content), ALL)).code).toBe('IMAGE_BROKEN');
  });

  test.each(['jpeg', 'png', 'gif'] as const)(
    'A truncated %s is broken, also when only a few bytes are missing',
    async (format) => {
      for (const width of [300, 1200]) {
        const whole = await picture(format, width, 700);
        const half = await refusal(put(`half.${format}`, whole.subarray(0, whole.length / 2)), PICTURES);
        const nearly = await refusal(put(`nearly.${format}`, whole.subarray(0, whole.length - 40)), PICTURES);
        expect([half.code, nearly.code]).toEqual(['IMAGE_BROKEN', 'IMAGE_BROKEN']);
        expect(half.message).toMatch(/cannot be decoded: [^\n]+\.$/);
      }
    },
  );

  test('a moving picture that ends in the middle of any frame is broken; a missing end mark is forgiven', async () => {
    const whole = await movingPicture();
    const path = put('moving.gif', whole);
    expect((await inspectFile(path, PICTURES)).fileType).toBe('GIF');
    expect((await inspectFile(put('unmarked.gif', whole.subarray(0, -1)), PICTURES)).fileType).toBe('GIF');
    for (const share of [0.4, 0.6, 0.9]) {
      const cut = put('cut.gif', whole.subarray(0, Math.round(whole.length * share)));
      expect((await refusal(cut, PICTURES)).code).toBe('IMAGE_BROKEN');
    }
    truncateSync(path, 100_000_000);
    expect((await inspectFile(path, ALL)).fileType).toBe('GIF');
  });

  test('a broken picture passes where decoding is switched off', async () => {
    const path = put('undecoded.png', png.subarray(0, png.length / 2));
    expect((await inspectFile(path, PICTURES, { decode: false })).fileType).toBe('PNG');
  });

  test('an aborted inspection throws the reason of the signal', async () => {
    const reason = new Error('enough');
    await expect(inspectFile(put('a.png', png), PICTURES, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
