import { fork, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { z } from 'zod';
import { markLog } from '../engine';
import { FerryError, isErrorCode } from '../errors';
import { openLog } from '../lib/open-log';
import type { Env } from '../lib/env';
import { type ProcessIdentity, endProcess, processStartTime } from '../lib/process-identity';
import { PART_TITLE, type Part, type RunningPart } from './part';
import type { PartName } from './state-dir';

export interface ForkedPartOptions {
  readonly name: PartName;
  readonly script: string;
  /** Called at each start. */
  readonly args: () => readonly string[];
  readonly env: () => Env;
  readonly logFile: string;
  readonly readyTimeoutMs: number;
  readonly stopGraceMs: number;
  /** Called as soon as the process exists. */
  readonly onSpawned: (process: ProcessIdentity) => void;
}

/** The messages of a part over its channel: it is ready, or it failed with an error. */
const Message = z.union([
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('error'), error: z.object({ code: z.string(), message: z.string() }) }),
]);

/**
 * A Node program as a part. The program has a channel to `up` and ends when the channel closes, so it does not outlive
 * an `up` that is killed. It has its own process group: a Ctrl-C in the terminal reaches `up` only, which ends the parts
 * in order.
 */
export function forkedPart(options: ForkedPartOptions): Part {
  return { name: options.name, logFile: options.logFile, start: (signal) => start(options, signal) };
}

type Fail = (how: string) => FerryError;

async function start(options: ForkedPartOptions, signal: AbortSignal): Promise<RunningPart> {
  signal.throwIfAborted();
  const mark = markLog(options.logFile);
  const fail: Fail = (how) =>
    new FerryError('ENGINE_FAILED', `${PART_TITLE[options.name]} could not start: it ${how}. ${mark.words()}`);
  const child = forkChild(options);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be run: ${error.message}`));
    child.once('exit', (code, by) => resolve(by === null ? `ended with exit ${String(code)}` : `was ended by ${by}`));
  });
  const startTime = child.pid === undefined ? null : processStartTime(child.pid);
  if (child.pid === undefined || startTime === null) throw fail(await exited);
  const identity = { pid: child.pid, startTime };
  const stop = async (): Promise<void> => {
    await endProcess(identity, options.stopGraceMs);
    if (child.connected) child.disconnect();
  };
  try {
    options.onSpawned(identity);
    signal.throwIfAborted();
    await untilReady(child, exited, { ...options, fail, signal });
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...identity, exited, stop };
}

function forkChild(options: ForkedPartOptions): ChildProcess {
  const log = openLog(options.logFile);
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
  { name, readyTimeoutMs, fail, signal }: ForkedPartOptions & { readonly fail: Fail; readonly signal: AbortSignal },
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  let said: FerryError | null = null;
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort);
      timer = setTimeout(() => reject(fail(`was not ready within ${readyTimeoutMs / 1_000} s`)), readyTimeoutMs);
      child.on('message', (value) => {
        const message = Message.safeParse(value).data;
        if (message?.type === 'ready') resolve();
        if (message?.type === 'error') said = reported(name, message.error);
      });
      void exited.then((how) => reject(said ?? fail(how)));
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function reported(name: PartName, error: { readonly code: string; readonly message: string }): FerryError {
  const code = isErrorCode(error.code) ? error.code : 'ENGINE_FAILED';
  return new FerryError(code, `${PART_TITLE[name]} could not start: ${error.message}`);
}
