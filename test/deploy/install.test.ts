import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (file: string): string => readFileSync(join(__dirname, '../..', file), 'utf8');

test('An install in a clone has the compiler also with NODE_ENV=production, and the image is freed of it.', () => {
  expect(read('.npmrc')).toMatch(/^include=dev$/m);
  // Without --include the setting above would keep everything.
  expect(read('Dockerfile')).toContain('npm prune --omit=dev --include=prod');
});
