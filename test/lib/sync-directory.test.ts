import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syncDirectory } from '../../src/lib/sync-directory';

test('A directory can be made durable by many callers at once; a missing directory is an error for each', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ferry-sync-'));
  try {
    await Promise.all(Array.from({ length: 5 }, () => syncDirectory(directory)));
    const missing = Array.from({ length: 3 }, () => syncDirectory(join(directory, 'missing')));
    for (const result of await Promise.allSettled(missing)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ENOENT' } });
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
