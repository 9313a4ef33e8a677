import { spawn } from 'node:child_process';
import type { Env } from '../lib/env';

export interface BoundedRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Env;
  /** A directory in which nobody else can have put files. */
  readonly cwd: string;
  /** Measured every 200 ms. The run is aborted when the number has not grown for `stallMs`. */
  readonly bytes: () => number;
  readonly stallMs: number;
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Null after a success, else the reason in a few words. */
export type RunProblem = string | null;

/**
 * Runs a program that fetches something, in its own process group, while bytes come in. When this returns, the whole
 * group has ended, including what the program started.
 */
export async function runBounded(run: BoundedRun): Promise<RunProblem> {
  const { signal } = run;
  signal?.throwIfAborted();
  const child = spawn(run.command, run.args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: run.env,
    cwd: run.cwd,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
  const killGroup = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group is gone already.
    }
  };
  let stalled = false;
  const stopWatching = watchBytes(run, () => {
    stalled = true;
    killGroup();
  });
  signal?.addEventListener('abort', killGroup);
  try {
    const problem = await new Promise<RunProblem>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code === 'ENOENT' ? `there is no ${run.command}` : error.message),
      );
      child.once('close', (code) => resolve(code === 0 ? null : (lastWords(said) ?? `exit ${String(code)}`)));
    });
    signal?.throwIfAborted();
    return stalled ? `nothing came in for ${run.stallMs / 1_000} s` : problem;
  } finally {
    stopWatching();
    signal?.removeEventListener('abort', killGroup);
    killGroup();
  }
}

function watchBytes(run: BoundedRun, onStall: () => void): () => void {
  let last = -1;
  let since = performance.now();
  const timer = setInterval(() => {
    const now = run.bytes();
    if (now !== last) {
      last = now;
      since = performance.now();
      if (now > 0) run.onBytes?.(now);
    } else if (performance.now() - since > run.stallMs) onStall();
  }, 200);
  return () => clearInterval(timer);
}

/** The last line with the word "error", else the last line. */
function lastWords(text: string): string | null {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const line = lines.findLast((each) => /error/i.test(each)) ?? lines.at(-1);
  return line === undefined ? null : line.slice(0, 250);
}
