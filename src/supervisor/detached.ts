import { fork, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { z } from 'zod';
import type { UpFile } from '../config/types';
import { FerryError, isErrorCode } from '../errors';
import { openLog } from '../lib/open-log';
import type { Env } from '../lib/env';
import { UP_CHANNEL } from './parts';
import { logFile, makeStateDirectories, stateDirError, statePaths, type StatePaths } from './state-dir';
import type { UpOptions } from './types';
import { readUp } from '../config';

export interface DetachedUpOptions {
  readonly stateDir: string;
  /** The program that calls `runUp`, usually the CLI's own. */
  readonly script: string;
  /** Its arguments, without `--detach`. */
  readonly args: readonly string[];
  /** @default process.env */
  readonly env?: Env;
  /** Called with each report of the detached `up` until it is ready. `logs/up.log` has the reports as well. */
  readonly onNotice?: (sentence: string) => void;
  readonly onProgress?: UpOptions['onProgress'];
  readonly signal?: AbortSignal;
}

const Message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('notice'), sentence: z.string() }),
  z.object({
    type: z.literal('progress'),
    progress: z.object({
      how: z.enum(['TEMPORAL_CLI_PATH', 'PATH', 'cache', 'sdk download', 'python wheel']),
      bytes: z.number(),
      totalBytes: z.number().nullable(),
    }),
  }),
  z.object({ type: z.literal('error'), error: z.object({ code: z.string(), message: z.string() }) }),
]);
type Message = z.infer<typeof Message>;

/**
 * Starts an `up` that outlives this process and its terminal, and waits until the `up` is ready. Throws the error with
 * which the `up` failed. An abort ends the `up`.
 */
export async function spawnDetachedUp(options: DetachedUpOptions): Promise<UpFile> {
  const paths = statePaths(options.stateDir);
  makeStateDirectories(paths);
  const log = openOwnLog(paths);
  const child = fork(options.script, options.args, {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...(options.env ?? process.env), [UP_CHANNEL]: '1' },
    execArgv: [],
  });
  closeSync(log);
  const kill = (): void => void child.kill('SIGTERM');
  options.signal?.addEventListener('abort', kill);
  try {
    await untilReady(child, options, logFile(paths, 'up'));
  } finally {
    options.signal?.removeEventListener('abort', kill);
    if (child.connected) child.disconnect();
    child.unref();
  }
  const file = readUp(paths.root);
  if (file === null)
    throw new FerryError('ENGINE_FAILED', `ferry up ended at once. Its log is ${logFile(paths, 'up')}.`);
  return file;
}

function openOwnLog(paths: StatePaths): number {
  try {
    return openLog(logFile(paths, 'up'));
  } catch (error) {
    throw stateDirError(paths.root, error);
  }
}

async function untilReady(child: ChildProcess, options: DetachedUpOptions, log: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (how: string): void =>
      reject(new FerryError('ENGINE_FAILED', `ferry up could not start: it ${how}. Its log is ${log}.`));
    child.on('message', (value) => {
      const message = Message.safeParse(value).data;
      if (message?.type === 'ready') resolve();
      else if (message?.type === 'notice') options.onNotice?.(message.sentence);
      else if (message?.type === 'progress') options.onProgress?.(message.progress);
      else if (message?.type === 'error') reject(asFerryError(message.error));
    });
    child.once('error', (error) => fail(`could not be run: ${error.message}`));
    child.once('exit', (code, signal) => fail(signal === null ? `ended with exit ${code}` : `was ended by ${signal}`));
  });
}

function asFerryError(error: { readonly code: string; readonly message: string }): FerryError {
  return new FerryError(isErrorCode(error.code) ? error.code : 'ENGINE_FAILED', error.message);
}

/** The child's end of the channel. A detached `up` reports to its starter while the starter listens. */
export interface Detacher {
  tell(message: Message): void;
  /** Closes the channel, so that the starter may end. */
  hangUp(): void;
}

/** Null when {@link spawnDetachedUp} did not start this process. */
export function detacher(env: Env): Detacher | null {
  if (env[UP_CHANNEL] !== '1' || process.send === undefined) return null;
  return {
    tell: (message) => {
      // The starter may have ended already. That must not end this process.
      if (process.connected) process.send?.(message, undefined, {}, () => undefined);
    },
    hangUp: () => {
      if (process.connected) process.disconnect();
    },
  };
}
