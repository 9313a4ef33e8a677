/** Two transfers that fetch into one new directory: the one makes it while the other looks at it. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkAllowed } from '../../src/files';
import { tempDir } from './samples';

const mockMissed: { at: string | null; then: () => void } = { at: null, then: () => undefined };

jest.mock('node:fs/promises', () => {
  const actual = jest.requireActual<typeof import('node:fs/promises')>('node:fs/promises');
  return {
    ...actual,
    realpath: (path: string) =>
      actual.realpath(path).catch((error: unknown) => {
        if (path === mockMissed.at) mockMissed.then();
        throw error;
      }),
  };
});

test('A directory that another transfer makes between two looks at it is no reason to refuse the target.', async () => {
  const { dir, remove } = tempDir();
  try {
    const made = join(dir, 'in');
    mockMissed.at = made;
    mockMissed.then = () => mkdirSync(made, { recursive: true });
    expect(await checkAllowed(join(made, 'a.jpg'), [dir], 'target')).toBe(join(made, 'a.jpg'));
    rmSync(made, { recursive: true });
    mockMissed.then = () => undefined;
    expect(await checkAllowed(join(made, 'a.jpg'), [dir], 'target')).toBe(join(made, 'a.jpg'));
  } finally {
    remove();
  }
});
