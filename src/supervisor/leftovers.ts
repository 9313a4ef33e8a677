import { rmSync } from 'node:fs';
import { readUpFile } from '../config';
import { readServerRecord } from '../engine';
import { type ProcessIdentity, endProcess, isSameProcess } from '../lib/process-identity';
import type { StatePaths } from './state-dir';
import { partProcess } from './up-file';

/** How long what is left of a killed `up` may take to end by itself after SIGTERM. */
const GRACE_MS = 10_000;

/**
 * Ends what a killed `up` left behind: worker and sandbox, then Temporal. Only processes whose pid and start time are
 * those that were written down. True when there was any. Only the holder of the lock may call it.
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
