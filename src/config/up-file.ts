import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isSameProcess } from '../lib/process-identity';
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

/** Where a `ferry up` says what runs on its state directory. */
export function upFilePath(stateDir: string): string {
  return join(stateDir, 'up.json');
}

/** As it lies there, even when the `up` that wrote it is gone; null when there is none or it cannot be read. */
export function readUpFile(stateDir: string): UpFile | null {
  try {
    return UpFileSchema.parse(JSON.parse(readFileSync(upFilePath(stateDir), 'utf8')));
  } catch {
    return null;
  }
}

/**
 * What runs on this state directory: null when no living `up` does. `ready` is false while it starts and while a part
 * that died is started again; addresses and ports stay the same over that.
 */
export function readUp(stateDir: string): UpFile | null {
  const file = readUpFile(stateDir);
  return file !== null && isSameProcess(file.up) ? file : null;
}
