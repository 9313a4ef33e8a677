import type { ProcessIdentity } from '../lib/process-identity';
import type { PartName } from './state-dir';

/** A process that `up` runs and that is ready. */
export interface RunningPart extends ProcessIdentity {
  /** Resolves when the process has ended, with a phrase that follows the name of the part: "ended with exit 1". */
  readonly exited: Promise<string>;
  /** SIGTERM, then SIGKILL after a grace; resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface Part {
  readonly name: PartName;
  readonly logFile: string;
  /** Resolves when the part is ready. Rejects with a FerryError when the start failed; then no process is left. */
  start(signal: AbortSignal): Promise<RunningPart>;
}

/** Names for people. */
export const PART_TITLE: Readonly<Record<PartName, string>> = {
  temporal: 'The Temporal server',
  sandbox: 'The sandbox',
  worker: 'The worker',
};
