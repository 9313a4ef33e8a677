import { readlinkSync } from 'node:fs';
import { platform } from 'node:process';
import type { Neighbour, WorkerProcess } from '../../contract';
import { localLiveness } from '../../lib/lock-liveness';
import { pidWorld, thisProcess } from '../../lib/process-identity';

/** How a worker names its process to its neighbours, and looks at theirs. */
export interface ProcessWatch {
  /** Null: the system does not tell, or only slowly. */
  readonly process: WorkerProcess | null;
  /** True only when the process can surely not send anything any more. */
  readonly hasEnded: (neighbour: Neighbour) => boolean;
}

/** Looks at /proc, so on Linux only: a look at one process costs microseconds. */
export function watchProcesses(): ProcessWatch {
  const pids = platform === 'linux' ? pidWorld() : null;
  if (pids === null) return { process: null, hasEnded: () => false };
  const world = `${pids} ${timeNamespace()}`;
  return {
    process: { ...thisProcess(), world },
    hasEnded: (neighbour) => neighbour.world === world && localLiveness({ ...neighbour, world: pids }) === 'dead',
  };
}

/** Start times of processes count from the start of this namespace. */
function timeNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/time');
  } catch {
    // An older kernel has no such namespaces.
    return '';
  }
}
