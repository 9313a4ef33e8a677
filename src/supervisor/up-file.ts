import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { UpFile, UpInfo } from '../config/types';
import { isSameProcess, type ProcessIdentity } from '../engine/process-info';
import { replaceFile } from './files';
import { statePaths, type PartName } from './state-dir';

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

/**
 * What runs on this state directory: null when no living `up` does. `ready` is false while it starts and while a part
 * that died is started again; addresses and ports stay the same over that.
 */
export function readUp(stateDir: string): UpFile | null {
  const file = readUpFile(stateDir);
  return file !== null && isSameProcess(file.up) ? file : null;
}

/** As it lies there, even when the `up` that wrote it is gone; null when there is none or it cannot be read. */
export function readUpFile(stateDir: string): UpFile | null {
  try {
    return UpFileSchema.parse(JSON.parse(readFileSync(statePaths(stateDir).upFile, 'utf8')));
  } catch {
    return null;
  }
}

export function writeUpFile(file: UpFile): void {
  replaceFile(statePaths(file.stateDir).upFile, `${JSON.stringify(file, null, 2)}\n`);
}

/** What `ferry up --json` prints of it. */
export function upInfo(file: UpFile): UpInfo {
  const { type, v, ready, temporalAddress, namespace, uiUrl, sandboxUrl, stateDir, pids } = file;
  return { type, v, ready, temporalAddress, namespace, uiUrl, sandboxUrl, stateDir, pids };
}

/** One part's process as the file names it; null when the part was left out. */
export function partProcess(file: UpFile, part: PartName): ProcessIdentity | null {
  const pid = file.pids[part];
  const startTime = file.startTimes[part];
  return pid === null || startTime === null ? null : { pid, startTime };
}
