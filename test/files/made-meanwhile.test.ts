/** Two transfers that fetch into one new directory: the one makes it while the other looks at it. */
import { mkdirSync } from 'node:fs';
import type * as FileSystem from 'node:fs/promises';
import { join } from 'node:path';
import { checkAllowed } from '../../src/files';
import { tempDir } from './samples';

/** Called with each path that was looked for in vain. */
const mockOnMissing = jest.fn<void, [string]>();

jest.mock('node:fs/promises', () => {
  const actual = jest.requireActual<typeof FileSystem>('node:fs/promises');
  return {
    ...actual,
    realpath: (path: string) =>
      actual.realpath(path).catch((error: unknown) => {
        mockOnMissing(path);
        throw error;
      }),
  };
});

test('A target is accepted when another transfer makes its directory between two checks.', async () => {
  const { dir, remove } = tempDir();
  try {
    const directory = join(dir, 'in');
    mockOnMissing.mockImplementation((path) => {
      if (path === directory) mkdirSync(directory);
    });
    expect(await checkAllowed(join(directory, 'a.jpg'), [dir], 'target')).toBe(join(directory, 'a.jpg'));
    expect(mockOnMissing).toHaveBeenCalledWith(directory);
  } finally {
    remove();
  }
});
