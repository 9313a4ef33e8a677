import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatherFiles, splitList } from '../../../src/cli/send/file-list';
import { drawFerry, encodePng } from '../../../src/cli/demo/picture';
import { fakeIo } from '../support/fake-io';

describe('lists of files', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-gather-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test('a list is one name a line, with either line ending, empty lines left out', () => {
    expect(splitList(Buffer.from('a.jpg\r\n\nsub dir/b.png\nc.gif'))).toEqual(['a.jpg', 'sub dir/b.png', 'c.gif']);
  });

  test('a list with NULs is separated by them alone, so names may hold newlines', () => {
    expect(splitList(Buffer.from('a\nb.jpg\0c.png\0'))).toEqual(['a\nb.jpg', 'c.png']);
  });

  test('A byte order mark at the beginning of a list is not a part of the first name', () => {
    expect(splitList(Buffer.from('\ufeffa.jpg\n'))).toEqual(['a.jpg']);
  });

  test.each(['utf-16le', 'utf-16be'] as const)('a list in %s with its byte order mark is read', (encoding) => {
    const bytes = Buffer.from('\ufeffphoto 1.png\r\nphoto 2.png\r\n', 'utf16le');
    expect(splitList(encoding === 'utf-16le' ? bytes : bytes.swap16())).toEqual(['photo 1.png', 'photo 2.png']);
  });

  test.each([
    ['UTF-16 without a byte order mark', Buffer.from('photo 1.png\r\nh.png\r\n', 'utf16le'), 'Save it as UTF-8.'],
    ['UTF-16 of the other order', Buffer.from('photo 1.png\r\n', 'utf16le').swap16(), 'Save it as UTF-8.'],
    ['a picture', encodePng(drawFerry(60, 40)), 'is not text'],
    ['a PDF', Buffer.from('%PDF-1.4\n1 0 obj\n'), 'is not text'],
  ])('%s is refused in one sentence, and no letter of it is taken for a name', (_what, list, words) => {
    expect(() => splitList(list, 'The list x')).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(`^The list x .*${words}`) }),
    );
  });

  test('names of one letter, and names that are not UTF-8, stay names', () => {
    expect(splitList(Buffer.from('a\0b\0c\0'))).toEqual(['a', 'b', 'c']);
    expect(splitList(Buffer.from('caf\xe9.png\0plan.png\0', 'latin1'))).toEqual(['caf\ufffd.png', 'plan.png']);
  });

  test('names of the command line come first, then those of the list from a file or stdin', async () => {
    writeFileSync(join(dir, 'list'), 'b.jpg\n');
    expect(await gatherFiles(['a.jpg'], 'list', fakeIo({ cwd: dir }))).toEqual(['a.jpg', 'b.jpg']);
    expect(await gatherFiles([], '-', fakeIo({ stdin: 'x.png\ny.png\n' }))).toEqual(['x.png', 'y.png']);
  });

  test('a list that cannot be read is wrong usage, and the list is named', async () => {
    const error = await gatherFiles([], 'no-such-list', fakeIo({ cwd: dir })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining('no-such-list') });
  });
});
