/**
 * Simulates a slow line to the sandbox: stops the sandbox process most of the time, so bytes wait in the sockets. Each
 * stop is short. `end`, or a normal end of this process, lets the sandbox run again.
 */
const HALTED_MS = 250;
const RUNNING_MS = 4;

export interface SlowLine {
  end(): void;
}

export function slowDown(pid: number): SlowLine {
  let ended = false;
  let timer: NodeJS.Timeout;
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    try {
      process.kill(pid, name);
    } catch {
      // The process is gone. Its supervisor starts another, without a slow line.
      ended = true;
    }
  };
  const run = (): void => {
    signal('SIGCONT');
    if (!ended) timer = setTimeout(halt, RUNNING_MS);
  };
  const halt = (): void => {
    signal('SIGSTOP');
    if (!ended) timer = setTimeout(run, HALTED_MS);
  };
  halt();
  return {
    end() {
      ended = true;
      clearTimeout(timer);
      signal('SIGCONT');
    },
  };
}
