import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { writeDurably } from '../files';
import { SandboxError, codeOf } from '../sandbox-error';

/** The key that signs and checks this sandbox's URLs: made at the first start, readable by its owner alone. */
export async function storageKey(stateDir: string): Promise<string> {
  const path = join(stateDir, 'temp-url.key');
  try {
    const key = (await readFile(path, 'utf8')).trim();
    if (key === '') throw new SandboxError(`The key file ${path} is empty; remove it and a new key is made.`);
    return key;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const key = randomBytes(32).toString('hex');
  await writeDurably(path, `${key}\n`, 0o600);
  return key;
}
