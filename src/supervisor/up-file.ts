import type { UpFile, UpInfo } from '../config/types';
import { readUpFile, upFilePath } from '../config/up-file';
import { type ProcessIdentity, isSameProcess } from '../lib/process-identity';
import { replaceFile } from './files';
import type { PartName } from './state-dir';

/**
 * What runs on this state directory: null when no living `up` does. `ready` is false while it starts and while a part
 * that died is started again; addresses and ports stay the same over that.
 */
export function readUp(stateDir: string): UpFile | null {
  const file = readUpFile(stateDir);
  return file !== null && isSameProcess(file.up) ? file : null;
}

export function writeUpFile(file: UpFile): void {
  replaceFile(upFilePath(file.stateDir), `${JSON.stringify(file, null, 2)}\n`);
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
