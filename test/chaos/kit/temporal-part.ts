import { startTemporal, type RunningTemporal } from '../../../src/engine';
import { startPersistently, type Part } from './processes';

export interface TemporalOptions {
  readonly binary: string;
  readonly dbFile: string;
  readonly logFile: string;
  /** The same over all its lives, or nobody would find it again. */
  readonly port: number;
  readonly onEarlyEnd: (how: string) => void;
}

/** The embedded server, started by the engine as `ferry up` does. */
export function temporalPart({ onEarlyEnd, ...options }: TemporalOptions): Part {
  let server: RunningTemporal | null = null;
  /** Known from the spawn on, long before it answers. */
  let pid: number | null = null;
  let ending = false;

  async function startOnce(): Promise<boolean> {
    ending = false;
    try {
      server = await startTemporal({
        ...options,
        uiPort: null,
        onSpawned: (spawned) => {
          pid = spawned.pid;
        },
      });
      void server.exited.then(() => {
        pid = null;
      });
      return true;
    } catch (error) {
      if (ending) return true;
      onEarlyEnd((error as Error).message);
      return false;
    }
  }

  return {
    start: () => startPersistently('temporal', startOnce),
    signal(signal) {
      if (pid === null) return;
      if (signal === 'SIGKILL' || signal === 'SIGTERM') ending = true;
      try {
        process.kill(pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
    async gone() {
      await server?.exited;
    },
    isAlive: () => pid !== null,
    pid: () => pid,
  };
}
