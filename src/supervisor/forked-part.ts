import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { endProcess, processStartTime, type ProcessIdentity } from '../engine';
import { FerryError, isErrorCode, isFerryError } from '../errors';
import { PART_TITLE, type Part, type RunningPart } from './part';
import type { PartName } from './state-dir';

export interface ForkedPartOptions {
  readonly name: PartName;
  readonly script: string;
  /** Asked for at each start. */
  readonly args: () => readonly string[];
  readonly env: () => NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly readyTimeoutMs: number;
  readonly stopGraceMs: number;
  /** Called as soon as the process exists. */
  readonly onSpawned: (process: ProcessIdentity) => void;
}

/** What a part says over its channel: that it is ready, or why it cannot be. */
const Message = z.union([
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('error'), error: z.object({ code: z.string(), message: z.string() }) }),
]);

/**
 * A Node program of ours as a part. It has a channel to us and ends when the channel closes, so it does not outlive an
 * `up` that is killed. It is in a process group of its own: a Ctrl-C in the terminal reaches `up` alone, which ends the
 * parts in order.
 */
export function forkedPart(options: ForkedPartOptions): Part {
  return { name: options.name, logFile: options.logFile, start: (signal) => start(options, signal) };
}

async function start(options: ForkedPartOptions, signal: AbortSignal): Promise<RunningPart> {
  signal.throwIfAborted();
  const child = forkChild(options);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be run: ${error.message}`));
    child.once('exit', (code, by) => resolve(by === null ? `ended with exit ${String(code)}` : `was ended by ${by}`));
  });
  const startTime = child.pid === undefined ? null : processStartTime(child.pid);
  if (child.pid === undefined || startTime === null) throw failed(options, await exited);
  const identity = { pid: child.pid, startTime };
  const stop = async (): Promise<void> => {
    await endProcess(identity, options.stopGraceMs);
    if (child.connected) child.disconnect();
  };
  try {
    options.onSpawned(identity);
    await untilReady(child, exited, options, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...identity, exited, stop };
}

function forkChild(options: ForkedPartOptions): ChildProcess {
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    return fork(options.script, options.args(), {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: options.env(),
      execArgv: [],
    });
  } finally {
    closeSync(log);
  }
}

async function untilReady(
  child: ChildProcess,
  exited: Promise<string>,
  options: ForkedPartOptions,
  signal: AbortSignal,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  let said: FerryError | null = null;
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort);
      const late = `was not ready within ${options.readyTimeoutMs / 1_000} s`;
      timer = setTimeout(() => reject(failed(options, late)), options.readyTimeoutMs);
      child.on('message', (value) => {
        const message = Message.safeParse(value).data;
        if (message?.type === 'ready') resolve();
        if (message?.type === 'error') said = reported(options, message.error);
      });
      void exited.then((how) => reject(said ?? failed(options, how)));
    });
  } catch (error) {
    throw isFerryError(error) || signal.aborted ? error : failed(options, String(error));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function reported(options: ForkedPartOptions, error: { readonly code: string; readonly message: string }): FerryError {
  const code = isErrorCode(error.code) ? error.code : 'ENGINE_FAILED';
  return new FerryError(code, `${PART_TITLE[options.name]} could not start: ${error.message}`);
}

function failed(options: ForkedPartOptions, how: string): FerryError {
  const title = PART_TITLE[options.name];
  return new FerryError(
    'ENGINE_FAILED',
    `${title} could not start: it ${how}. Its log is ${options.logFile}.${quote(options)}`,
  );
}

function quote(options: ForkedPartOptions): string {
  try {
    const lines = readFileSync(options.logFile, 'utf8').trimEnd().split('\n');
    const line = lines.findLast((each) => /^\w*Error\b|"level":(50|60)/.test(each)) ?? lines.at(-1);
    return line ? ` Its last words: ${line.slice(0, 300)}` : '';
  } catch {
    return '';
  }
}
