import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFerryError } from '../../src/errors';
import { checkAllowed, checkTarget, targetPathFor } from '../../src/files';
import { asNobody, tempDir } from './samples';

let dir: string;
let remove: () => void;

beforeEach(() => {
  ({ dir, remove } = tempDir());
});
afterEach(() => remove());

async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    const value = typeof work === 'function' ? work() : await work;
    return `no error but ${String(value)}`;
  } catch (error) {
    if (!isFerryError(error)) throw error;
    return error.code;
  }
}

function put(name: string, content: string): string {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
}

describe('where a fetched file goes', () => {
  test('a plain name goes into the directory, also one with spaces, dots or letters of other scripts', () => {
    for (const name of ['a.jpg', '..a', 'a b.jpg', '...', '漢字.png', 'back\\slash.png']) {
      expect(targetPathFor('/in', name)).toBe(`/in/${name}`);
    }
  });

  test.each(['', '.', '..', '../a.jpg', '/etc/passwd', 'a/b', 'a\0b', 'a/'])(
    'the name %j would leave the directory and is refused',
    async (name) => {
      expect(await codeOf(() => targetPathFor('/in', name))).toBe('PATH_NOT_ALLOWED');
    },
  );
});

describe('what may stand in the way', () => {
  test('nothing, and nothing is left behind by looking', async () => {
    expect(await checkTarget(join(dir, 'new.jpg'), null)).toBe('free');
    expect(await checkTarget(join(dir, 'newdir/new.jpg'), null)).toBe('free');
    expect(readdirSync(dir)).toEqual([]);
  });

  test('nothing is left behind by one that was killed while looking, once another has looked', async () => {
    const target = join(dir, 'new.jpg');
    const { signal } = spawnSync(process.execPath, [join(__dirname, 'fixtures/killed-look.cjs'), target]);
    expect(signal).toBe('SIGKILL');
    expect(readdirSync(dir)).toHaveLength(1);
    expect(await checkTarget(target, null)).toBe('free');
    expect(readdirSync(dir)).toEqual([]);
  });

  test('nothing, for as many as look at the same target at once', async () => {
    const target = join(dir, 'new.jpg');
    const looks = Array.from({ length: 20 }, () => checkTarget(target, null));
    expect(new Set(await Promise.all(looks))).toEqual(new Set(['free']));
    expect(readdirSync(dir)).toEqual([]);
  });

  test('the source itself, also through a link of either kind', async () => {
    const source = put('source.jpg', 'bytes');
    linkSync(source, join(dir, 'hard.jpg'));
    symlinkSync(source, join(dir, 'soft.jpg'));
    for (const name of ['source.jpg', 'hard.jpg', 'soft.jpg']) {
      expect(await checkTarget(join(dir, name), source)).toBe('same');
    }
  });

  test('A target may be a file with the same bytes, and no other file, also not one of the same size', async () => {
    const source = put('source.jpg', 'bytes');
    expect(await checkTarget(put('copy.jpg', 'bytes'), source)).toBe('equal');
    expect(await codeOf(checkTarget(put('other.jpg', 'BYTES'), source))).toBe('TARGET_EXISTS');
    expect(await codeOf(checkTarget(put('longer.jpg', 'bytes more'), source))).toBe('TARGET_EXISTS');
    expect(await codeOf(checkTarget(join(dir, 'other.jpg'), null))).toBe('TARGET_EXISTS');
  });

  test('a directory, and a file where the directory should be', async () => {
    mkdirSync(join(dir, 'folder'));
    put('file', 'x');
    expect(await codeOf(checkTarget(join(dir, 'folder'), null))).toBe('TARGET_EXISTS');
    expect(await codeOf(checkTarget(join(dir, 'file/new.jpg'), null))).toBe('TARGET_EXISTS');
    expect(await codeOf(checkTarget(join(dir, 'file/sub/new.jpg'), null))).toBe('TARGET_EXISTS');
  });

  test('a missing parent of the directory', async () => {
    expect(await codeOf(checkTarget(join(dir, 'no/where/new.jpg'), null))).toBe('TARGET_PARENT_MISSING');
    expect(existsSync(join(dir, 'no'))).toBe(false);
  });

  test('a directory that may not be written', async () => {
    mkdirSync(join(dir, 'locked'));
    chmodSync(join(dir, 'locked'), 0o555);
    chmodSync(dir, 0o755);
    const code = await asNobody(() => codeOf(checkTarget(join(dir, 'locked/new.jpg'), null)));
    expect(code).toBe('TARGET_NOT_WRITABLE');
  });

  test('a directory that not even root may write, although access(2) says that root may', async () => {
    expect(await codeOf(checkTarget('/proc/new.jpg', null))).toBe('TARGET_NOT_WRITABLE');
  });
});

describe('the directories that the configuration allows', () => {
  test('without a limit every path is allowed, and comes back with links resolved', async () => {
    const real = put('a.jpg', 'x');
    symlinkSync(real, join(dir, 'link.jpg'));
    expect(await checkAllowed(join(dir, 'link.jpg'), null, 'source')).toBe(real);
  });

  test('a source inside is allowed; outside, or out by dots, or out by a link, it is not', async () => {
    mkdirSync(join(dir, 'out'));
    mkdirSync(join(dir, 'outside'));
    put('out/a.jpg', 'x');
    put('outside/b.jpg', 'x');
    symlinkSync(join(dir, 'outside/b.jpg'), join(dir, 'out/sneaky.jpg'));
    const allowed = [join(dir, 'absent'), join(dir, 'out')];
    expect(await checkAllowed(join(dir, 'out/a.jpg'), allowed, 'source')).toBe(join(dir, 'out/a.jpg'));
    expect(await codeOf(checkAllowed(join(dir, 'outside/b.jpg'), allowed, 'source'))).toBe('PATH_NOT_ALLOWED');
    expect(await codeOf(checkAllowed(`${dir}/out/../outside/b.jpg`, allowed, 'source'))).toBe('PATH_NOT_ALLOWED');
    expect(await codeOf(checkAllowed(join(dir, 'out/sneaky.jpg'), allowed, 'source'))).toBe('PATH_NOT_ALLOWED');
    expect(await codeOf(checkAllowed(join(dir, 'out/absent.jpg'), allowed, 'source'))).toBe('SOURCE_MISSING');
    expect(await codeOf(checkAllowed(join(dir, 'out/a.jpg'), [], 'source'))).toBe('PATH_NOT_ALLOWED');
  });

  test('an allowed directory may itself be a link', async () => {
    mkdirSync(join(dir, 'real'));
    put('real/a.jpg', 'x');
    symlinkSync(join(dir, 'real'), join(dir, 'alias'));
    const path = await checkAllowed(join(dir, 'real/a.jpg'), [join(dir, 'alias')], 'source');
    expect(path).toBe(join(dir, 'real/a.jpg'));
  });

  test('a target that does not exist yet is judged by its nearest existing ancestor', async () => {
    mkdirSync(join(dir, 'in'));
    mkdirSync(join(dir, 'elsewhere'));
    symlinkSync(join(dir, 'elsewhere'), join(dir, 'in/away'));
    symlinkSync(join(dir, 'elsewhere/later'), join(dir, 'in/dangling'));
    const allowed = [join(dir, 'in')];
    expect(await checkAllowed(join(dir, 'in/new/a.jpg'), allowed, 'target')).toBe(join(dir, 'in/new/a.jpg'));
    expect(await codeOf(checkAllowed(join(dir, 'in/away/new/a.jpg'), allowed, 'target'))).toBe('PATH_NOT_ALLOWED');
    expect(await codeOf(checkAllowed(join(dir, 'in/dangling'), allowed, 'target'))).toBe('PATH_NOT_ALLOWED');
    expect(await codeOf(checkAllowed(join(dir, 'inside-not/a.jpg'), allowed, 'target'))).toBe('PATH_NOT_ALLOWED');
    expect(await codeOf(checkAllowed('a\0b', allowed, 'target'))).toBe('PATH_NOT_ALLOWED');
  });
});
