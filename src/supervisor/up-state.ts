import { rmSync } from 'node:fs';
import type { UpFile } from '../config/types';
import type { ProcessIdentity } from '../lib/process-identity';
import { systemCode } from '../lib/system-code';
import type { PartName } from './state-dir';
import { writeUpFile } from './up-file';

/** The content of `up.json`. The file is current from the start of the first Temporal process on. */
export interface UpState {
  current(): UpFile;
  spawned(part: PartName, process: ProcessIdentity): void;
  ready(part: PartName, ready: boolean): void;
  /** Processes that were started and not replaced; they may have ended meanwhile. */
  processes(): readonly ProcessIdentity[];
  /** Removes the file; later changes do not write the file again. */
  remove(): void;
}

const WRITE_AGAIN_MS = 500;

export type UpFacts = Omit<UpFile, 'type' | 'v' | 'ready' | 'pids' | 'startTimes'>;

export function createUpState(
  facts: UpFacts,
  parts: readonly PartName[],
  path: string,
  onNotice: (sentence: string) => void,
): UpState {
  const known = new Map<PartName, ProcessIdentity>();
  const ready = new Set<PartName>();
  let removed = false;
  let written = false;
  let behind = false;
  let again: NodeJS.Timeout | undefined;

  const current = (): UpFile => {
    const { temporal, sandbox, worker } = Object.fromEntries(known) as Partial<Record<PartName, ProcessIdentity>>;
    return {
      type: 'ready',
      v: 1,
      ready: parts.every((part) => ready.has(part)),
      ...facts,
      pids: { temporal: temporal?.pid ?? 0, sandbox: sandbox?.pid ?? null, worker: worker?.pid ?? null },
      startTimes: {
        temporal: temporal?.startTime ?? '',
        sandbox: sandbox?.startTime ?? null,
        worker: worker?.startTime ?? null,
      },
    };
  };
  const publish = (): void => {
    clearTimeout(again);
    if (removed || !known.has('temporal')) return;
    try {
      writeUpFile(current());
      written = true;
      behind = false;
    } catch (error) {
      // Without the file nobody finds this `up`, so the first write must succeed. A later failure (a full disk, a removed
      // directory) must not stop parts from being restarted or ended: Temporal would be left running. The file is then
      // out of date until a write succeeds.
      if (!written) throw error;
      if (!behind) onNotice(`${path} cannot be written (${systemCode(error) ?? 'unknown'}): it may be out of date.`);
      behind = true;
      again = setTimeout(publish, WRITE_AGAIN_MS).unref();
    }
  };

  return {
    current,
    spawned: (part, identity) => {
      known.set(part, identity);
      publish();
    },
    ready: (part, isReady) => {
      if (isReady) ready.add(part);
      else ready.delete(part);
      publish();
    },
    processes: () => [...known.values()],
    remove: () => {
      removed = true;
      clearTimeout(again);
      try {
        rmSync(path, { force: true });
      } catch (error) {
        // A disk that became read-only must not stop the end: the parts have ended.
        onNotice(`${path} cannot be removed (${systemCode(error) ?? 'unknown'}): the next ferry up removes it.`);
      }
    },
  };
}
