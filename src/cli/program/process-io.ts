import { setMaxListeners } from 'node:events';
import { FerryError } from '../../errors';
import { startedByNohup } from '../../lib/hang-up';
import type { Io } from '../shared/io';
import { EXIT, type ExitCode } from '../shared/exit-codes';

export interface ProcessIo {
  readonly io: Io;
  /** Settles when the reader of stdout went away, or at a second Ctrl-C. */
  readonly ended: Promise<ExitCode>;
  readonly leave: (code: ExitCode) => void;
}

/** The real process. */
export function createProcessIo(): ProcessIo {
  let end: (code: ExitCode) => void = () => {};
  const ended = new Promise<ExitCode>((resolve) => {
    end = resolve;
  });
  let interrupts: AbortController | null = null;
  let lost = false;
  const interrupted = (): AbortSignal => {
    interrupts ??= listenForInterrupts(end);
    return interrupts.signal;
  };
  // `ferry list | head -1` is not a fault: the reader has gone, so the command ends. Transfers go on by themselves.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return end(interrupts === null ? EXIT.done : EXIT.interrupted);
    // The disk under `> receipts.jsonl` may be full. The command (for example `up`) goes on, but does not exit with 0.
    if (!lost) process.stderr.write(`ferry: The output cannot be written (${error.code ?? error.message}).\n`);
    lost = true;
  });
  process.stderr.on('error', () => {});
  const io: Io = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    now: Date.now,
    get cwd() {
      return workingDirectory();
    },
    get interrupted() {
      return interrupted();
    },
  };
  return { io, ended, leave: (code) => leave(() => (lost ? EXIT.fault : code)) };
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    const remedy = 'Change to a directory that exists.';
    throw new FerryError('USAGE', 'The working directory was deleted.', { cause, remedy });
  }
}

/** Installed only by commands that follow transfers. Elsewhere Ctrl-C ends the process, or `up` handles it. */
function listenForInterrupts(end: (code: ExitCode) => void): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (signal === 'SIGHUP' && startedByNohup(process.env)) return;
      if (controller.signal.aborted) end(EXIT.interrupted);
      else controller.abort();
    });
  }
  return controller;
}

/** Exits once all output is written; an idle connection must not keep the process alive. */
function leave(code: () => ExitCode): void {
  const exit = (): void => process.exit(code());
  process.exitCode = code();
  process.stderr.write('', () => {
    process.stdout.write('', exit);
  });
  // A reader that hangs would delay the callbacks forever.
  setTimeout(exit, 2000).unref();
}
