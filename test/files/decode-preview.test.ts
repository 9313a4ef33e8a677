/** The preview that an inspection makes in the pass that checks a picture. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { toFerryError } from '../../src/errors';
import { inspectFile, makePreview } from '../../src/files';
import { identityOf, movingPicture, picture, tempDir } from './samples';
import { jpegSegment, plain, withSegments } from './support/pictures';

const PICTURES = { types: ['JPG', 'PNG', 'GIF'], maxBytes: 30_000_000 };

let dir: string;
let remove: () => void;

beforeAll(() => {
  ({ dir, remove } = tempDir());
});
afterAll(() => remove());

function put(name: string, content: Buffer): string {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
}

/** What an inspection says of a file: its notes or its refusal. */
async function verdict(path: string, preview: boolean): Promise<unknown> {
  return await inspectFile(path, PICTURES, { preview }).then(
    ({ notes }) => notes,
    (error: unknown) => {
      const { code, remedy } = toFerryError(error);
      return { code, remedy };
    },
  );
}

test.each([
  ['a picture that is not shrunk', 'a.jpg', () => picture('jpeg', 100, 80)],
  ['a picture that is shrunk', 'b.jpg', () => plain(480, 400).jpeg({ quality: 20 }).toBuffer()],
  ['a picture that its camera turned', 'c.jpg', () => plain(90, 40).withMetadata({ orientation: 6 }).jpeg().toBuffer()],
  ['a picture with transparency', 'd.png', () => plain(60, 60, 4).png().toBuffer()],
  ['a picture whose first preview is over the limit', 'f.jpg', () => plain(320, 320).jpeg({ quality: 90 }).toBuffer()],
  ['a moving picture', 'e.gif', () => movingPicture()],
])(
  'The inspection of %s makes the same preview as a later pass, and tells the digest of its bytes.',
  async (_, name, make) => {
    const content = await make();
    const path = put(name, content);
    const { preview, fileType } = await inspectFile(path, PICTURES, { preview: true });
    expect(preview).toEqual({
      uri: await makePreview(identityOf(path), fileType),
      sha256: createHash('sha256').update(content).digest('hex'),
    });
    expect(preview?.uri).toMatch(/^data:image\/jpeg;base64,/);
  },
);

test('A file over 256 kB and a picture of many pixels are left to a later pass.', async () => {
  const long = Buffer.concat([await picture('jpeg', 40, 30), Buffer.alloc(256 * 1024)]);
  const wide = await plain(600, 500).jpeg({ quality: 10 }).toBuffer();
  for (const [name, content] of Object.entries({ 'long.jpg': long, 'wide.jpg': wide })) {
    const path = put(name, content);
    expect(await inspectFile(path, PICTURES, { preview: true })).toMatchObject({ notes: [], preview: null });
    expect(await makePreview(identityOf(path), 'JPG')).not.toBeNull();
  }
});

test('An inspection that is not asked for a preview makes none.', async () => {
  const path = put('unasked.jpg', await picture('jpeg', 40, 30));
  expect((await inspectFile(path, PICTURES)).preview).toBeNull();
  expect((await inspectFile(path, PICTURES, { preview: true, decode: false })).preview).toBeNull();
});

test('A picture in CMYK with a broken colour profile is taken with and without a preview.', async () => {
  const cmyk = await sharp(await picture('jpeg', 60, 40))
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer();
  const profile = jpegSegment(0xe2, Buffer.from(`ICC_PROFILE\0\x01\x01${'x'.repeat(200)}`, 'latin1'));
  const path = put('profile.jpg', withSegments(cmyk, profile));
  expect([await verdict(path, true), await verdict(path, false)]).toEqual([[], []]);
});

const encodings = {
  'baseline.jpg': (width: number, height: number) => plain(width, height).jpeg({ quality: 40 }),
  'progressive.jpg': (width: number, height: number) => plain(width, height).jpeg({ quality: 40, progressive: true }),
  'plain.png': (width: number, height: number) => plain(width, height, 4).png(),
  'interlaced.png': (width: number, height: number) => plain(width, height).png({ progressive: true }),
  'plain.gif': (width: number, height: number) => plain(width, height).gif({ effort: 1, dither: 0 }),
};

test.each(Object.entries(encodings))(
  'A truncated %s is refused, or sent with a note, alike with and without a preview.',
  async (name, make) => {
    for (const [width, height] of [
      [321, 17],
      [250, 330],
      // For a preview, the last row of these is not decoded.
      [1031, 241],
      [185, 1345],
      [30, 1000],
    ] as const) {
      const whole = await make(width, height).toBuffer();
      for (const missing of [0, 2, 13, 40, Math.round(whole.length / 3)]) {
        const path = put(`${missing}-${name}`, whole.subarray(0, whole.length - missing));
        const size = `${width} x ${height}, ${missing} bytes missing`;
        expect([size, await verdict(path, true)]).toEqual([size, await verdict(path, false)]);
      }
    }
  },
);
