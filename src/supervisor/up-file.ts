import type { UpFile, UpInfo } from '../config/types';
import { upFilePath } from '../config';
import { replaceFile } from '../lib/atomic-file';
import type { ProcessIdentity } from '../lib/process-identity';
import type { PartName } from './state-dir';

/** Not durable, because after a power loss none of the named processes runs. */
export function writeUpFile(file: UpFile): void {
  replaceFile(upFilePath(file.stateDir), `${JSON.stringify(file, null, 2)}\n`, { durable: false });
}

/** The part of the file that `ferry up --json` prints. */
export function upInfo(file: UpFile): UpInfo {
  const { type, v, ready, temporalAddress, namespace, uiUrl, sandboxUrl, stateDir, pids } = file;
  return { type, v, ready, temporalAddress, namespace, uiUrl, sandboxUrl, stateDir, pids };
}

/** The process of one part, from the file; null when the part was left out. */
export function partProcess(file: UpFile, part: PartName): ProcessIdentity | null {
  const pid = file.pids[part];
  const startTime = file.startTimes[part];
  return pid === null || startTime === null ? null : { pid, startTime };
}
