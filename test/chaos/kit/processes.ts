import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Something of the machine that can be killed, stopped and started again at the same place. */
export interface Part {
  start(): Promise<void>;
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void;
  /** Resolves when its process is gone. */
  readonly gone: () => Promise<void>;
  readonly isAlive: () => boolean;
  /** Null before the first start. */
  readonly pid: () => number | null;
}

export interface ProgramOptions {
  readonly name: string;
  /** @default this Node */
  readonly command?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What it writes is appended here. */
  readonly logFile: string;
  /** @default the user of this process */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Asked until it says yes. @default the first line on stdout, or the first message, says that it is ready */
  readonly isReady?: () => boolean | Promise<boolean>;
  /** It ended before it was ready, and is started again. */
  readonly onEarlyEnd: (how: string) => void;
  /** It was ready and ended though nobody told it to; it is started again. With the end of what it wrote. */
  readonly onDeath: (how: string, lastWords: string) => void;
}

const START_AGAIN_MS = 500;
const ASK_AGAIN_MS = 200;
/** When a process cannot be started for this long, the run ends instead of trying again. */
const START_WITHIN_MS = 120_000;

/** Characters: enough for an error and its stack. */
const LAST_WORDS = 4000;

/** @throws Error when it cannot be started within two minutes */
export async function startPersistently(name: string, startOnce: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + START_WITHIN_MS; !(await startOnce());) {
    if (performance.now() > end) throw new Error(`${name} could not be started within ${START_WITHIN_MS / 1000} s.`);
    await sleep(START_AGAIN_MS);
  }
}

/** A program that is started until it says that it is ready, and again when it dies: as a service manager would. */
export function programPart(options: ProgramOptions): Part {
  let child: ChildProcess | null = null;
  let exited: Promise<void> = Promise.resolve();
  let toldToEnd = false;
  const isAlive = (): boolean => child !== null && child.exitCode === null && child.signalCode === null;

  async function startOnce(): Promise<boolean> {
    const started = spawnLogged(options);
    child = started;
    toldToEnd = false;
    let ready = false;
    exited = new Promise((resolve) => {
      started.once('exit', (code, signal) => {
        resolve();
        if (!ready || toldToEnd) return;
        options.onDeath(signal ?? `exit code ${code}`, readFileSync(options.logFile, 'utf8').slice(-LAST_WORDS));
        // One that stays away is seen by whatever waits for it.
        start().catch((error: Error) => options.onEarlyEnd(error.message));
      });
    });
    ready = await Promise.race([readiness(started, options, exited), exited.then(() => false)]);
    if (!ready && !toldToEnd) options.onEarlyEnd(started.signalCode ?? `exit code ${started.exitCode}`);
    return ready || toldToEnd;
  }

  const start = (): Promise<void> => startPersistently(options.name, startOnce);

  return {
    start,
    signal(signal) {
      if (!isAlive()) return;
      if (signal === 'SIGKILL' || signal === 'SIGTERM') toldToEnd = true;
      child!.kill(signal);
    },
    gone: () => exited,
    isAlive,
    pid: () => child?.pid ?? null,
  };
}

/** Resolves with true as soon as the program is ready; asks no more when it has ended. */
async function readiness(child: ChildProcess, { isReady }: ProgramOptions, exited: Promise<void>): Promise<boolean> {
  if (isReady === undefined) {
    await firstWord(child);
    return true;
  }
  child.stdout?.resume();
  const ending = new AbortController();
  void exited.then(() => ending.abort());
  while (!ending.signal.aborted && !(await isReady())) await sleep(ASK_AGAIN_MS);
  return !ending.signal.aborted;
}

function spawnLogged({ command, args, cwd, env, logFile, owner }: ProgramOptions): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    if (command !== undefined) return spawn(command, [...args], { cwd, env, ...owner, stdio: ['ignore', log, log] });
    // With a channel to this process: a kit that is killed leaves no workers and no sandbox behind.
    return spawn(process.execPath, [...args], { cwd, env, stdio: ['ignore', 'pipe', log, 'ipc'] });
  } finally {
    closeSync(log);
  }
}

function firstWord(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.stdout!.once('data', () => resolve());
    child.once('message', () => resolve());
    child.stdout!.resume();
  });
}
