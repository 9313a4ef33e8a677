import { setMaxListeners } from 'node:events';
import type { Io } from './io';
import { EXIT, type ExitCode } from './exit-codes';

/** The real process, and a promise that settles when its reader went away or a person insists. */
export function createProcessIo(): { readonly io: Io; readonly ended: Promise<ExitCode> } {
  let end: (code: ExitCode) => void = () => {};
  const ended = new Promise<ExitCode>((resolve) => {
    end = resolve;
  });
  let interrupts: AbortController | null = null;
  const interrupted = (): AbortSignal => {
    interrupts ??= listenForInterrupts(end);
    return interrupts.signal;
  };
  // `ferry list | head -1` is no fault: nobody reads on, so there is nothing left to say. Transfers go on by themselves.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') end(interrupts === null ? EXIT.done : EXIT.interrupted);
  });
  process.stderr.on('error', () => {});
  const io: Io = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    get interrupted() {
      return interrupted();
    },
  };
  return { io, ended };
}

/** Installed only by commands that follow transfers: elsewhere Ctrl-C does what it always does, or belongs to `up`. */
function listenForInterrupts(end: (code: ExitCode) => void): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) end(EXIT.interrupted);
      else controller.abort();
    });
  }
  return controller;
}

/** Leaves once everything written has gone out; a connection that still idles must not keep the process. */
export function leave(code: ExitCode): void {
  process.exitCode = code;
  process.stderr.write('', () => {
    process.stdout.write('', () => process.exit(code));
  });
  // A reader that never comes back would hold the callbacks for ever.
  setTimeout(() => process.exit(code), 2000).unref();
}
