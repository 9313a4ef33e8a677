import * as fs from 'node:fs';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFile } from '../../src/lib/atomic-file';

jest.mock('node:fs', () => ({
  ...jest.requireActual<typeof fs>('node:fs'),
  linkSync: () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  },
}));

test('On a file system without hard links a file that must be made once is made, and made once.', () => {
  const root = mkdtempSync(join(tmpdir(), 'ferry-no-links-'));
  try {
    const path = join(root, 'file');
    expect(createFile(path, 'first')).toBe(true);
    expect(createFile(path, 'second')).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(root)).toEqual(['file']);
  } finally {
    rmSync(root, { recursive: true });
  }
});
