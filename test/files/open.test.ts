import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { toFerryError } from '../../src/errors';
import { checkAllowed, inspectFile, makePreview, openSource } from '../../src/files';
import { identityOf, picture, tempDir } from './samples';

const PICTURES = { types: ['JPG', 'PNG', 'GIF'], maxBytes: 3_000_000 };

let dir: string;
let inside: string;
let outside: string;
let remove: () => void;

beforeEach(() => {
  ({ dir, remove } = tempDir());
  inside = join(dir, 'inside');
  outside = join(dir, 'outside');
  mkdirSync(inside);
  mkdirSync(outside);
});
afterEach(() => remove());

async function coloured(background: string): Promise<Buffer> {
  return sharp({ create: { width: 40, height: 40, channels: 3, background } })
    .png()
    .toBuffer();
}

describe('where a source lies', () => {
  async function answer(path: string): Promise<{ code: string; message: string; details: unknown }> {
    try {
      const { file } = await openSource(path, [inside]);
      await file.close();
      return { code: 'opened', message: '', details: {} };
    } catch (error) {
      const { code, message, details } = toFerryError(error);
      return { code, message: message.replaceAll(path, 'PATH'), details: { ...details, path: 'PATH' } };
    }
  }

  test('Outside the allowed directories the answer is the same, whatever is there or is not.', async () => {
    writeFileSync(join(outside, 'there.png'), 'x');
    mkdirSync(join(outside, 'folder'));
    execFileSync('mkfifo', [join(outside, 'pipe')]);
    symlinkSync(join(outside, 'nowhere'), join(outside, 'dangling'));
    symlinkSync(join(outside, 'there.png'), join(inside, 'link.png'));
    symlinkSync(join(outside, 'nowhere.png'), join(inside, 'dangling.png'));
    const outsiders = ['there.png', 'absent.png', 'folder', 'pipe', 'dangling', 'folder/absent.png', 'there.png/x'];
    const answers = [
      ...(await Promise.all(outsiders.map((name) => answer(join(outside, name))))),
      await answer(join(inside, 'link.png')),
      await answer(join(inside, 'dangling.png')),
      await answer(join(inside, '..', 'outside', 'absent.png')),
      await answer('/proc/self/nowhere'),
    ];
    expect(answers[0]?.code).toBe('PATH_NOT_ALLOWED');
    for (const other of answers) expect(other).toEqual(answers[0]);
  });

  test('The check of a path alone answers alike, too.', async () => {
    const codes = await Promise.all(
      ['absent.png', 'absent/absent.png'].map((name) =>
        checkAllowed(join(outside, name), [inside], 'source').catch((error: unknown) => toFerryError(error).code),
      ),
    );
    expect(codes).toEqual(['PATH_NOT_ALLOWED', 'PATH_NOT_ALLOWED']);
  });

  test('Inside them a file that is missing is said to be missing.', async () => {
    expect((await answer(join(inside, 'absent.png'))).code).toBe('SOURCE_MISSING');
    writeFileSync(join(inside, 'there.png'), 'x');
    expect((await answer(join(inside, 'there.png'))).code).toBe('opened');
  });

  test('A broken link that stays inside is said to be one.', async () => {
    mkdirSync(join(inside, 'sub'));
    symlinkSync(inside, join(outside, 'back'));
    const links = {
      'absolute.png': join(inside, 'absent.png'),
      'relative.png': 'absent.png',
      'sub/upwards.png': '../absent.png',
      'twice.png': 'relative.png',
      'through-outside.png': join(outside, 'back', 'absent.png'),
    };
    for (const [name, text] of Object.entries(links)) symlinkSync(text, join(inside, name));
    for (const name of Object.keys(links)) {
      const found = await answer(join(inside, name));
      expect({ name, ...found }).toMatchObject({
        name,
        code: 'SOURCE_MISSING',
        message: 'There is no file at PATH: it is a symbolic link to a file that is missing.',
      });
    }
  });

  test('Links in a circle inside are said to be in a circle.', async () => {
    symlinkSync('two.png', join(inside, 'one.png'));
    symlinkSync('one.png', join(inside, 'two.png'));
    expect(await answer(join(inside, 'one.png'))).toMatchObject({
      code: 'SOURCE_MISSING',
      message: 'There is no file at PATH: its symbolic links lead in a circle.',
    });
  });

  test('A link that leads outside has the same answer, whether the place outside exists or not.', async () => {
    mkdirSync(join(outside, 'there'));
    mkdirSync(join(inside, 'sub'));
    symlinkSync(join(outside, 'there'), join(inside, 'sub', 'out'));
    symlinkSync(join(outside, 'nowhere'), join(inside, 'sub', 'lost'));
    const pairs = [
      [join(outside, 'there', 'absent.png'), join(outside, 'nowhere', 'absent.png')],
      ['../outside/there', '../outside/nowhere'],
      ['sub/out/absent.png', 'sub/lost/absent.png'],
      // Not by join(), which would take the dots away.
      [`${outside}/there/../../inside/absent.png`, `${outside}/nowhere/../../inside/absent.png`],
    ] as const;
    for (const [index, texts] of pairs.entries()) {
      const names = texts.map((_text, of) => join(inside, `link-${index}-${of}.png`));
      for (const [of, name] of names.entries()) symlinkSync(texts[of] ?? '', name);
      const [there, nowhere] = await Promise.all(names.map(answer));
      expect(there).toMatchObject({ code: 'PATH_NOT_ALLOWED' });
      expect(nowhere).toEqual(there);
    }
  });

  test('A directory that turns into a link and back all the time never leads to a file outside.', async () => {
    const sub = join(inside, 'sub');
    mkdirSync(sub);
    writeFileSync(join(sub, 'a.png'), 'inside');
    writeFileSync(join(outside, 'a.png'), 'outside');
    const swapper = spawn(process.execPath, ['-e', SWAP, sub, outside], { stdio: 'ignore' });
    try {
      const seen = new Set<string>();
      for (let round = 0; round < 20_000 && (round < 2000 || !seen.has('PATH_NOT_ALLOWED')); round += 1) {
        seen.add(await contentOrCode(join(sub, 'a.png')));
      }
      expect(seen).toContain('PATH_NOT_ALLOWED');
      expect(seen).not.toContain('outside');
    } finally {
      swapper.kill('SIGKILL');
    }
  });

  async function contentOrCode(path: string): Promise<string> {
    try {
      const { file } = await openSource(path, [inside]);
      try {
        return await file.readFile('utf8');
      } finally {
        await file.close();
      }
    } catch (error) {
      return toFerryError(error).code;
    }
  }
});

/** Turns a directory into a link to another directory, and back, until it is stopped. */
const SWAP = `
  const { renameSync, symlinkSync, unlinkSync } = require('node:fs');
  const [sub, outside] = process.argv.slice(1);
  for (;;) {
    renameSync(sub, sub + '.kept');
    symlinkSync(outside, sub);
    unlinkSync(sub);
    renameSync(sub + '.kept', sub);
  }
`;

describe('names that a decoder would take for options', () => {
  test.each(['scan [2]', 'IMG_0001 [edited]', 'picture[Q=90]', '[1]', 'page[n=-1]', 'plain.png'])(
    'A picture named %s is inspected and has a preview.',
    async (name) => {
      for (const width of [80, 900]) {
        const path = join(inside, name);
        writeFileSync(path, await picture('png', width, 600));
        expect((await inspectFile(path, PICTURES)).fileType).toBe('PNG');
        expect(await makePreview(identityOf(path), 'PNG')).not.toBeNull();
      }
    },
  );

  test('A picture too large for memory is read through its descriptor, so its name does not matter either.', async () => {
    const path = join(inside, 'large [2]');
    const tail = Buffer.alloc(17_000_000);
    writeFileSync(path, Buffer.concat([await picture('png', 900, 600), tail]));
    expect((await inspectFile(path, { ...PICTURES, maxBytes: 2 ** 31 })).notes).toEqual([]);
    expect(await makePreview(identityOf(path), 'PNG')).not.toBeNull();
  });
});

describe('names that are not UTF-8', () => {
  test('A file whose name has such a byte is said to be there, with the byte and its place.', async () => {
    const name = Buffer.concat([Buffer.from(`${inside}/caf`), Buffer.from([0xe9]), Buffer.from('.png')]);
    writeFileSync(name, 'x');
    const path = join(inside, 'caf\ufffd.png');
    const error = await openSource(path, [inside]).catch(toFerryError);
    expect(error).toMatchObject({
      code: 'SOURCE_MISSING',
      message: `The name ${path} is not UTF-8: it has the byte 0xE9 at offset 3.`,
      remedy: 'Rename it, then send it.',
    });
    const absent = join(inside, 'b\ufffd.png');
    await expect(openSource(absent, [inside])).rejects.toThrow(`There is no file at ${absent}.`);
  });

  test('A directory of such a name is named as well.', async () => {
    const name = Buffer.concat([Buffer.from(`${inside}/Gr\u00fc`), Buffer.from([0xff, 0xfe]), Buffer.from('e')]);
    mkdirSync(name);
    writeFileSync(Buffer.concat([name, Buffer.from('/a.png')]), 'x');
    const path = join(inside, 'Gr\u00fc\ufffd\ufffde', 'a.png');
    await expect(openSource(path, [inside])).rejects.toThrow('it has the byte 0xFF at offset 4.');
  });
});

describe('a preview is made of the file that was inspected', () => {
  test('Another picture that took its place gives no preview.', async () => {
    const path = join(inside, 'a.png');
    writeFileSync(path, await coloured('#ff0000'));
    const seen = identityOf(path);
    expect(await makePreview(seen, 'PNG')).not.toBeNull();
    const other = join(inside, 'b.png');
    writeFileSync(other, await coloured('#00ff00'));
    utimesSync(other, seen.mtimeMs / 1000, seen.mtimeMs / 1000);
    renameSync(other, path);
    expect(await makePreview(seen, 'PNG')).toBeNull();
  });

  test('A picture that was rewritten in place gives no preview.', async () => {
    const path = join(inside, 'a.png');
    writeFileSync(path, await coloured('#ff0000'));
    const seen = identityOf(path);
    writeFileSync(path, await coloured('#00ff00'));
    utimesSync(path, 1, 1);
    expect(await makePreview(seen, 'PNG')).toBeNull();
  });

  test('A link in its place is not followed.', async () => {
    const path = join(inside, 'a.png');
    writeFileSync(join(outside, 'b.png'), await coloured('#ff0000'));
    symlinkSync(join(outside, 'b.png'), path);
    expect(await makePreview({ ...identityOf(join(outside, 'b.png')), path }, 'PNG')).toBeNull();
    rmSync(path);
  });
});
