/** Ensures that the program in the cache does not change after its first use. Its digest is recorded beside it. */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { replaceFile } from '../lib/atomic-file';

const Recorded = z.object({ sha256: z.string(), sizeBytes: z.number(), mtimeMs: z.number() });

/**
 * Why this program must not run; null when it has the recorded digest, or when no digest is recorded yet. Reads the
 * content only when size or modification time has changed.
 */
export async function checkRecorded(program: string): Promise<string | null> {
  const { size: sizeBytes, mtimeMs } = statSync(program);
  const before = recorded(program);
  if (before?.sizeBytes === sizeBytes && before.mtimeMs === mtimeMs) return null;
  const sha256 = await digestOf(program);
  if (before !== null && before.sha256 !== sha256) {
    return `its content has changed since it was first used; remove it and ${recordOf(program)} to fetch it again`;
  }
  record(program, { sha256, sizeBytes, mtimeMs });
  return null;
}

export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function recordOf(program: string): string {
  return `${program}.sha256`;
}

function recorded(program: string): z.infer<typeof Recorded> | null {
  try {
    return Recorded.parse(JSON.parse(readFileSync(recordOf(program), 'utf8')));
  } catch {
    return null;
  }
}

function record(program: string, facts: z.infer<typeof Recorded>): void {
  try {
    replaceFile(recordOf(program), JSON.stringify(facts));
  } catch {
    // A cache that cannot be written must not stop a server that can run.
  }
}
