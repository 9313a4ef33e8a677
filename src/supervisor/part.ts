import type { ProcessIdentity } from '../lib/process-identity';
import type { PartName } from './state-dir';

/** One of the processes that `up` runs, once it is ready. */
export interface RunningPart extends ProcessIdentity {
  /** Resolves when the process has ended; says how, to be put after the part's name. */
  readonly exited: Promise<string>;
  /** SIGTERM, then SIGKILL after a grace; resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface Part {
  readonly name: PartName;
  readonly logFile: string;
  /** Resolves when the part is ready, rejects with a FerryError when it cannot be; nothing is left running then. */
  start(signal: AbortSignal): Promise<RunningPart>;
}

/** Names for people. */
export const PART_TITLE: Readonly<Record<PartName, string>> = {
  temporal: 'The Temporal server',
  sandbox: 'The sandbox',
  worker: 'The worker',
};
