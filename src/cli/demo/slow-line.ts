/**
 * A slow line to the sandbox: its process is halted most of the time, so what comes in waits in the sockets as on a bad
 * line. Halts are short; `end` (or the end of this process in order) always lets it run again.
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
      // The process is gone: its supervisor starts another, on a line that is well again.
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
