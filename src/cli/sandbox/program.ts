import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { FerryError } from '../../errors';
import type { Env } from '../../lib/env';
import { usageError } from '../shared/output/output';

interface ReadySandbox {
  readonly url: string;
  /** The certificate authority of the sandbox with TLS, else null. */
  readonly caFile: string | null;
  readonly pid: number;
}

export interface ProgramOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Env;
  readonly onReady: (sandbox: ReadySandbox) => void;
  /** Called for each line of its log, once it is ready. */
  readonly onLog: (line: string) => void;
}

/** The messages of the program over its channel. */
const Message = z.union([
  z.object({ type: z.literal('ready'), url: z.string(), caFile: z.string().nullable() }),
  z.object({ type: z.literal('refused'), taken: z.enum(['port', 'state']).nullable(), message: z.string() }),
]);

/**
 * Runs the sandbox's program until it has ended. SIGINT, SIGTERM, SIGHUP and a closed channel to the parent of this
 * process end it cleanly; the program also ends when this process is killed.
 * @throws FerryError PORT_BUSY, ALREADY_UP or USAGE when it refused to start, INTERNAL when it died
 */
export async function runProgram({ program, args, cwd, env, ...tell }: ProgramOptions): Promise<void> {
  // A process group of its own: a Ctrl-C in the terminal reaches only this process, which ends the child once.
  const child = fork(program, args, { cwd, env, detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const ending = endWithThisProcess(child);
  try {
    await untilEnded(child, tell);
  } finally {
    ending.forget();
  }
}

async function untilEnded(
  child: ChildProcess,
  { onReady, onLog }: Pick<ProgramOptions, 'onReady' | 'onLog'>,
): Promise<void> {
  const refusals: FerryError[] = [];
  /** The output before the program was ready; shown only when the program ends without a reason. */
  const early: string[] = [];
  let isReady = false;
  const logRead = readLines(child, (line) => (isReady ? onLog(line) : early.push(line)));
  child.on('message', (value) => {
    const message = Message.safeParse(value).data;
    if (message?.type === 'refused') refusals.push(refused(message));
    if (message?.type !== 'ready' || child.pid === undefined) return;
    isReady = true;
    onReady({ url: message.url, caFile: message.caFile, pid: child.pid });
  });
  const how = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(`could not be run: ${error.message}`));
    child.once('exit', (code, signal) => resolve(code === 0 ? null : `ended with ${signal ?? `exit ${String(code)}`}`));
  });
  await logRead;
  if (refusals[0] !== undefined) throw refusals[0];
  if (how === null) return;
  for (const line of early) onLog(line);
  throw new FerryError('INTERNAL', `The sandbox ${how}.`);
}

/** Resolves when the child's log has been read to its end. */
async function readLines(child: ChildProcess, onLine: (line: string) => void): Promise<void> {
  if (child.stderr === null) return;
  const lines = createInterface({ input: child.stderr }).on('line', onLine);
  await once(lines, 'close');
}

function refused({
  taken,
  message,
}: {
  readonly taken: 'port' | 'state' | null;
  readonly message: string;
}): FerryError {
  if (taken === null) return usageError(message);
  return new FerryError(taken === 'port' ? 'PORT_BUSY' : 'ALREADY_UP', message);
}

function endWithThisProcess(child: ChildProcess): { forget: () => void } {
  const events = ['SIGTERM', 'SIGINT', 'SIGHUP', 'disconnect'] as const;
  // One signal is enough: a second signal could reach the child when it no longer listens.
  let told = false;
  const end = (): void => {
    if (!told) child.kill('SIGTERM');
    told = true;
  };
  for (const event of events) process.on(event, end);
  // The channel may have closed before this listener existed.
  if (process.send !== undefined && !process.connected) end();
  return {
    forget: () => {
      for (const event of events) process.off(event, end);
    },
  };
}
