import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { UpInfo } from '../../src/config/types';
import { givenTemporal } from '../support/given-temporal';
import { makeGivenPlace, startGivenUp, type GivenPlace } from './given-up';

const CLI = join(__dirname, '../../dist/cli/main.js');

export interface Outcome {
  readonly code: number;
  /** stdout, one JSON document a line when --json was given. */
  readonly documents: readonly Document[];
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** Any of the command line's JSON documents; tests look at the fields they know. */
// oxlint-disable-next-line typescript/no-explicit-any -- documents of several shapes, compared field by field
export type Document = Record<string, any>;

/** A machine of one's own: an empty HOME, a state directory, and the built command line. */
export interface Machine {
  readonly directory: string;
  readonly stateDir: string;
  /** Leads to the Temporal that the environment gives; null: it gives none. */
  readonly given: NodeJS.ProcessEnv | null;
  ferry(
    args: readonly string[],
    options?: { readonly stdin?: string; readonly env?: NodeJS.ProcessEnv },
  ): Promise<Outcome>;
  /** Starts `ferry up` on free ports, or what stands for it on a given Temporal, and waits until it is ready. */
  up(...args: readonly string[]): Promise<Up>;
  close(): Promise<void>;
}

export interface Up {
  /** Throws on a given Temporal. */
  readonly info: UpInfo;
  readonly sandboxUrl: string;
  /** Of the worker that runs now. */
  workerPid(): number;
  /** A page of the sandbox: messages, conversations, objects, requests. */
  page(name: string): Promise<Document[]>;
  fault(at: string, action: unknown, times?: number): Promise<void>;
  stop(): Promise<void>;
  /** kill -9 of `up` and everything that it started (so not of a given Temporal); waits until all are gone. */
  killAll(): Promise<void>;
}

export async function openMachine(): Promise<Machine> {
  if (!existsSync(CLI)) throw new Error('dist/ is missing: npm run build first');
  const directory = await mkdtemp(join(tmpdir(), 'ferry-machine-'));
  const running = new Set<Up>();
  /** A command that outlives its test (it failed) must not outlive the machine. */
  const commands = new Set<ChildProcess>();
  const env = machineEnvironment(directory);
  const given = await givenTemporal();
  const place = given === null ? null : await makeGivenPlace(directory, env, given);
  const stateDir = place?.stateDir ?? join(directory, 'state');
  const commandEnv = place?.env ?? { ...env, FERRY_STATE: stateDir };
  return {
    directory,
    stateDir,
    given,
    ferry: (args, options = {}) =>
      runFerry([...args], { ...commandEnv, ...options.env }, directory, commands, options.stdin),
    async up(...args) {
      const up = place === null ? await startUp(stateDir, args, env, directory) : await upOnGiven(place, args);
      running.add(up);
      return up;
    },
    async close() {
      for (const command of commands) command.kill('SIGKILL');
      await Promise.all([...running].map((up) => up.stop()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function machineEnvironment(directory: string): NodeJS.ProcessEnv {
  const { PATH, TMPDIR, TEMPORAL_CLI_PATH, XDG_CACHE_HOME, HOME } = process.env;
  // The cache is the user's own: the server is fetched once on a machine, not once a test.
  const cache = XDG_CACHE_HOME ?? join(HOME ?? '/', '.cache');
  return {
    PATH,
    HOME: directory,
    XDG_CACHE_HOME: cache,
    NO_COLOR: '1',
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    ...(TEMPORAL_CLI_PATH === undefined ? {} : { TEMPORAL_CLI_PATH }),
  };
}

async function runFerry(
  args: string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  commands: Set<ChildProcess>,
  stdin = '',
): Promise<Outcome> {
  const begun = performance.now();
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  commands.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => undefined).end(stdin);
  const code = await new Promise<number>((resolve) => {
    child.on('close', (status, signal) => resolve(status ?? (signal === null ? -1 : 128)));
  });
  commands.delete(child);
  const documents = args.includes('--json')
    ? stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Document)
    : [];
  return { code, documents, stdout, stderr, tookMs: performance.now() - begun };
}

async function startUp(stateDir: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Up> {
  const ports = ['--temporal-port', '0', '--ui-port', '0', '--sandbox-port', '0'];
  const child = spawn(process.execPath, [CLI, 'up', '--state', stateDir, ...ports, ...args, '--json'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const info = await new Promise<UpInfo>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      const said = JSON.parse(line) as UpInfo;
      if (said.type === 'ready') resolve(said);
      else reject(new Error(`ferry up said first: ${line}`));
    });
    child.once('close', (code) => reject(new Error(`ferry up ended with ${code}: ${stderr}`)));
  });
  const pids = (): number[] =>
    [child.pid, info.pids.worker, info.pids.sandbox, info.pids.temporal].filter(
      (pid): pid is number => typeof pid === 'number',
    );
  const upFile = (): UpInfo => JSON.parse(readFileSync(join(stateDir, 'up.json'), 'utf8')) as UpInfo;
  return {
    info,
    ...sandboxAt(info.sandboxUrl ?? ''),
    workerPid: () => upFile().pids.worker ?? Number.NaN,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const closed = new Promise((resolve) => {
          child.once('close', resolve);
        });
        child.kill('SIGTERM');
        await closed;
      }
    },
    async killAll() {
      const all = pids();
      for (const pid of all) killNow(pid);
      while (all.some(isAlive)) await new Promise(setImmediate);
    },
  };
}

async function upOnGiven(place: GivenPlace, flags: readonly string[]): Promise<Up> {
  const { sandboxUrl, worker, sandbox } = await startGivenUp(place, flags);
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    for (const part of [worker, sandbox]) {
      part.signal(signal);
      await part.gone();
    }
  };
  return {
    get info(): UpInfo {
      throw new Error('No ferry up runs on a given Temporal.');
    },
    ...sandboxAt(sandboxUrl),
    workerPid: () => worker.pid() ?? Number.NaN,
    stop: () => end('SIGTERM'),
    killAll: () => end('SIGKILL'),
  };
}

function sandboxAt(sandboxUrl: string): Pick<Up, 'sandboxUrl' | 'page' | 'fault'> {
  return {
    sandboxUrl,
    async page(name) {
      return (await (await fetch(`${sandboxUrl}/_sandbox/${name}`)).json()) as Document[];
    },
    async fault(at, action, times) {
      const rule = { at, do: action, ...(times === undefined ? {} : { times }) };
      const answer = await fetch(`${sandboxUrl}/_sandbox/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(rule),
      });
      if (!answer.ok) throw new Error(`the sandbox refused the rule: ${await answer.text()}`);
    },
  };
}

export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
