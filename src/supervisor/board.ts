import { rmSync } from 'node:fs';
import type { UpFile } from '../config/types';
import type { ProcessIdentity } from '../engine';
import type { PartName } from './state-dir';
import { writeUpFile } from './up-file';

/** What `up.json` says: always current, once there is a Temporal process to speak of. */
export interface Board {
  current(): UpFile;
  spawned(part: PartName, process: ProcessIdentity): void;
  ready(part: PartName, ready: boolean): void;
  /** Processes that were started and not replaced; they may have ended meanwhile. */
  processes(): readonly ProcessIdentity[];
  /** Takes the file away for good. */
  remove(): void;
}

const WRITE_AGAIN_MS = 500;

export type BoardFacts = Omit<UpFile, 'type' | 'v' | 'ready' | 'pids' | 'startTimes'>;

export function createBoard(facts: BoardFacts, parts: readonly PartName[], path: string): Board {
  const known = new Map<PartName, ProcessIdentity>();
  const ready = new Set<PartName>();
  let removed = false;
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
    } catch {
      // A full disk must not end what runs: the file is behind until there is room again.
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
      rmSync(path, { force: true });
    },
  };
}
