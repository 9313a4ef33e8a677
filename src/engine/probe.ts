import { execFile, type ExecFileException } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../lib/atomic-file';

/** The version that a program printed, or why it printed none. */
export type Probe = { readonly version: string } | { readonly problem: string };

const Memory = z.record(z.string(), z.object({ sizeBytes: z.number(), mtimeMs: z.number(), version: z.string() }));
type Memory = z.infer<typeof Memory>;

/**
 * The version of a Temporal CLI. Running the program (130 MB) takes up to three seconds when it is not in the page
 * cache, so the answer is kept in `memoryFile` while size and modification time of the program stay the same.
 *
 * @param rememberAs path to keep the answer under, for a file that is about to be renamed
 */
export async function probeVersion(path: string, memoryFile: string, rememberAs = path): Promise<Probe> {
  let sizeBytes: number;
  let mtimeMs: number;
  try {
    ({ size: sizeBytes, mtimeMs } = statSync(path));
  } catch {
    return { problem: 'there is no such file' };
  }
  const known = recall(memoryFile)[rememberAs];
  if (known?.sizeBytes === sizeBytes && known.mtimeMs === mtimeMs) return { version: known.version };
  const probe = await ask(path);
  if ('version' in probe) remember(memoryFile, rememberAs, { sizeBytes, mtimeMs, version: probe.version });
  return probe;
}

async function ask(path: string): Promise<Probe> {
  return await new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 30_000, killSignal: 'SIGKILL' }, (error, stdout) => {
      const version = /^temporal version (\S+)/.exec(stdout)?.[1];
      if (version !== undefined) resolve({ version });
      else resolve({ problem: error === null ? 'it does not say its version' : `it cannot be run (${reason(error)})` });
    });
  });
}

function reason(error: ExecFileException): string {
  if (error.killed === true) return 'no answer within 30 s';
  if (error.code === 'EACCES') {
    return 'permission denied; its file system may forbid programs (noexec): name one elsewhere with TEMPORAL_CLI_PATH';
  }
  return typeof error.code === 'number' ? `exit ${error.code}` : (error.code ?? error.message);
}

function recall(memoryFile: string): Memory {
  try {
    return Memory.parse(JSON.parse(readFileSync(memoryFile, 'utf8')));
  } catch {
    return {};
  }
}

/** Best effort: without the file the next start takes longer. */
function remember(memoryFile: string, path: string, entry: Memory[string]): void {
  try {
    mkdirSync(dirname(memoryFile), { recursive: true });
    replaceFile(memoryFile, JSON.stringify({ ...recall(memoryFile), [path]: entry }), { durable: false });
  } catch {
    // A cache that cannot be written must not stop a server that can run.
  }
}
