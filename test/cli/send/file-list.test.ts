import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatherFiles, splitList } from '../../../src/cli/send/file-list';
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

  test('a byte order mark at its beginning is no part of the first name', () => {
    expect(splitList(Buffer.from('\ufeffa.jpg\n'))).toEqual(['a.jpg']);
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
