import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isSameProcess } from '../lib/process-identity';
import { checkStateDir } from './trusted';
import type { UpFile } from './types';

const UpFileSchema = z.object({
  type: z.literal('ready'),
  v: z.literal(1),
  ready: z.boolean(),
  temporalAddress: z.string(),
  namespace: z.string(),
  uiUrl: z.string(),
  sandboxUrl: z.string().nullable(),
  stateDir: z.string(),
  pids: z.object({ temporal: z.number(), sandbox: z.number().nullable(), worker: z.number().nullable() }),
  up: z.object({ pid: z.number(), startTime: z.string() }),
  startTimes: z.object({ temporal: z.string(), sandbox: z.string().nullable(), worker: z.string().nullable() }),
  files: z.object({ types: z.array(z.string()), maxBytes: z.number() }),
  hostId: z.string(),
});

/** The file in which `ferry up` names the processes on its state directory. */
export function upFilePath(stateDir: string): string {
  return join(stateDir, 'up.json');
}

/**
 * The content of the file, also when its `up` has ended; null when the file is missing or unreadable.
 * CONFIG_NOT_TRUSTED for a state directory that others may write: they could name any server and any process.
 */
export function readUpFile(stateDir: string): UpFile | null {
  checkStateDir(stateDir);
  try {
    return UpFileSchema.parse(JSON.parse(readFileSync(upFilePath(stateDir), 'utf8')));
  } catch {
    return null;
  }
}

/**
 * The `up` that runs on this state directory; null when none runs. `ready` is false during the start and while a part
 * is restarted. Addresses and ports stay the same.
 */
export function readUp(stateDir: string): UpFile | null {
  const file = readUpFile(stateDir);
  return file !== null && isSameProcess(file.up) ? file : null;
}
