import { createHash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type * as files from '../../src/files';
import { imageToolsAvailable, inspectFile, makePreview, MAX_PREVIEW_BYTES } from '../../src/files';
import { identityOf, picture, tempDir } from './samples';

let dir: string;
let remove: () => void;

beforeAll(() => {
  ({ dir, remove } = tempDir());
});
afterAll(() => remove());

function put(name: string, content: Buffer | string): string {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
}

function pixels(uri: string | null): Buffer {
  expect(uri).toMatch(/^data:image\/jpeg;base64,/);
  return Buffer.from((uri ?? '').slice('data:image/jpeg;base64,'.length), 'base64');
}

test('the image library is there in development', () => {
  expect(imageToolsAvailable()).toBe(true);
});

test.each(['jpeg', 'png', 'gif'] as const)(
  'the preview of a noisy %s is a small JPEG and fits the limit with its prefix',
  async (format) => {
    const uri = await makePreview(
      identityOf(put(`noisy.${format}`, await picture(format, 900, 700))),
      format.toUpperCase(),
    );
    expect(Buffer.byteLength(uri ?? '')).toBeLessThanOrEqual(MAX_PREVIEW_BYTES);
    const facts = await sharp(pixels(uri)).metadata();
    expect(facts.format).toBe('jpeg');
    expect(Math.max(facts.width, facts.height)).toBeGreaterThanOrEqual(160);
  },
);

test('a small picture is not blown up', async () => {
  const uri = await makePreview(identityOf(put('tiny.png', await picture('png', 5, 3))), 'PNG');
  expect(await sharp(pixels(uri)).metadata()).toMatchObject({ width: 5, height: 3 });
});

test('a picture one pixel high has a preview and inspects well', async () => {
  const path = put('line.png', await picture('png', 3000, 1));
  expect((await inspectFile(path, { types: ['PNG'], maxBytes: 1e6 })).fileType).toBe('PNG');
  expect(await makePreview(identityOf(path), 'PNG')).not.toBeNull();
});

test('a picture turned by its camera is upright, and transparency is white', async () => {
  const turned = await sharp(await picture('jpeg', 40, 20))
    .withMetadata({ orientation: 6 })
    .toBuffer();
  expect(await sharp(pixels(await makePreview(identityOf(put('turned.jpg', turned)), 'JPG'))).metadata()).toMatchObject(
    {
      width: 20,
      height: 40,
    },
  );
  const clear = await sharp({ create: { width: 8, height: 8, channels: 4, background: '#00000000' } })
    .png()
    .toBuffer();
  const { dominant } = await sharp(pixels(await makePreview(identityOf(put('clear.png', clear)), 'PNG'))).stats();
  expect(Math.min(dominant.r, dominant.g, dominant.b)).toBeGreaterThan(240);
});

test('grey, CMYK and 16-bit pictures have previews', async () => {
  const base = sharp(await picture('png', 60, 60));
  const kinds = {
    'grey.png': await base.clone().greyscale().png().toBuffer(),
    'cmyk.jpg': await base.clone().toColourspace('cmyk').jpeg().toBuffer(),
    'deep.png': await base.clone().toColourspace('rgb16').png().toBuffer(),
  };
  for (const [name, content] of Object.entries(kinds)) {
    const facts = await sharp(pixels(await makePreview(identityOf(put(name, content)), 'PNG'))).metadata();
    expect({ name, width: facts.width, space: facts.space }).toEqual({ name, width: 60, space: 'srgb' });
  }
});

test('A file that is not a picture, is broken or is missing has no preview and causes no error', async () => {
  const png = await picture('png');
  expect(await makePreview(identityOf(put('a.pdf', '%PDF-1.7')), 'PDF')).toBeNull();
  expect(await makePreview(identityOf(put('broken.png', png.subarray(0, 100))), 'PNG')).toBeNull();
  expect(await makePreview(identityOf(join(dir, 'absent.png')), 'PNG')).toBeNull();
});

test.each([
  ['a small file', 0],
  ['a file that the decoder reads itself', 17 * 2 ** 20],
])('of %s, a preview with a digest shows the bytes with this digest, or nothing', async (_what, bytes) => {
  const path = put('digest.jpg', await picture('jpeg', 40, 30));
  if (bytes > 0) truncateSync(path, bytes);
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  expect(await makePreview(identityOf(path), 'JPG', sha256)).toEqual(await makePreview(identityOf(path), 'JPG'));
  expect(
    await makePreview(
      identityOf(path),
      'JPG',
      sha256.replace(/^./, (first) => (first === '0' ? '1' : '0')),
    ),
  ).toBeNull();
});

test('memory does not grow with the bytes that follow a picture', async () => {
  const content = await picture('jpeg', 1000, 800);
  const [small, large] = [put('small.jpg', content), put('large.jpg', content)];
  truncateSync(large, 2 ** 30);
  const rules = { types: ['JPG'], maxBytes: 2 ** 31 };
  await inspectFile(small, rules);
  await makePreview(identityOf(small), 'JPG');
  const before = process.memoryUsage().rss;
  await inspectFile(large, rules);
  expect(await makePreview(identityOf(large), 'JPG')).not.toBeNull();
  expect(process.memoryUsage().rss - before).toBeLessThan(30_000_000);
});

test('without the image library files are inspected all the same, only not decoded, and have no preview', async () => {
  jest.doMock('sharp', () => {
    throw new Error('not installed');
  });
  await jest.isolateModulesAsync(async () => {
    const without = require('../../src/files') as typeof files;
    expect(without.imageToolsAvailable()).toBe(false);
    const png = await picture('png');
    const path = put('undecoded.png', png.subarray(0, png.length / 2));
    expect((await without.inspectFile(path, { types: ['PNG'], maxBytes: 1e6 })).fileType).toBe('PNG');
    expect(await without.makePreview(identityOf(path), 'PNG')).toBeNull();
  });
  jest.dontMock('sharp');
});
