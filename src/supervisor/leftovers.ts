import { rmSync } from 'node:fs';
import { readUpFile } from '../config';
import { readServerRecord } from '../engine';
import { type ProcessIdentity, endProcess, isSameProcess } from '../lib/process-identity';
import type { StatePaths } from './state-dir';
import { partProcess } from './up-file';

/** Time between SIGTERM and SIGKILL for the processes of a killed `up`. */
const GRACE_MS = 10_000;

/**
 * Ends the processes of a killed `up`: worker and sandbox, then Temporal. A process is ended only when its pid and start
 * time are the recorded ones. True when there was such a process. Only the holder of the lock may call this.
 */
export async function endLeftovers(paths: StatePaths, onFound: () => void): Promise<boolean> {
  const file = readUpFile(paths.root);
  const ours = file === null ? [] : [partProcess(file, 'worker'), partProcess(file, 'sandbox')];
  const servers = [file === null ? null : partProcess(file, 'temporal'), readServerRecord(paths.temporalRecord)];
  const found = [...ours, ...servers].some((each) => each !== null && isSameProcess(each));
  if (found) onFound();
  await endAll(ours);
  await endAll(servers);
  rmSync(paths.upFile, { force: true });
  rmSync(paths.temporalRecord, { force: true });
  return found;
}

async function endAll(processes: readonly (ProcessIdentity | null)[]): Promise<void> {
  await Promise.all(processes.map(async (each) => each !== null && (await endProcess(each, GRACE_MS))));
}
