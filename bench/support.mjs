import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ownDirectory } from './own-directory.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const cli = join(root, 'dist/cli/main.js');

/** Clock ticks a second in /proc: 100 on every Linux that Node runs on. */
const TICKS = 100;

export function summary(what, unit, values, goal) {
  const sorted = values.toSorted((a, b) => a - b);
  const round = (value) => Math.round(value * 1000) / 1000;
  return {
    what,
    unit,
    min: round(sorted[0]),
    median: round(sorted[Math.floor(sorted.length / 2)]),
    max: round(sorted.at(-1)),
    runs: sorted.length,
    goal,
  };
}

/** CPU seconds that a process has used until now (Linux). */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Resident memory now, in bytes (Linux). */
export function residentBytes(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

export async function withTemp(work) {
  const directory = ownDirectory('ferry-bench-');
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** An `up` on free ports with a HOME of its own; `milliseconds` until it said that it is ready. */
export async function startUp(directory, ...args) {
  return await startUpWith({}, directory, ...args);
}

/** @param more for its environment */
export async function startUpWith(more, directory, ...args) {
  const begun = performance.now();
  const state = join(directory, 'state');
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const env = { ...process.env, HOME: directory, XDG_CACHE_HOME: cache, FERRY_STATE: state, ...more };
  const ports = ['--temporal-port', '0', '--ui-port', '0', '--sandbox-port', '0'];
  const child = spawn(process.execPath, [cli, 'up', '--state', state, ...ports, ...args, '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`ferry up ended with ${code}`)));
  });
  const info = JSON.parse(line);
  return {
    info,
    env,
    milliseconds: performance.now() - begun,
    async stop() {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('close', resolve));
    },
  };
}

export function ferry(env, ...args) {
  return runFerry(env, args, 'inherit');
}

/** @param stderr where what is meant for people goes */
export async function runFerry(env, args, stderr) {
  const child = spawn(process.execPath, [cli, ...args], { env, stdio: ['ignore', 'pipe', stderr] });
  let out = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`ferry ${args.join(' ')} ended with ${code}`);
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** A sandbox in a process of its own. */
export async function startSandbox(directory, ...args) {
  const child = spawn(process.execPath, [cli, 'sandbox', '--port', '0', '--state', directory, ...args, '--json'], {
    env: { ...process.env, HOME: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const line = await new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  const { sandboxUrl } = JSON.parse(line);
  return {
    url: sandboxUrl,
    pid: child.pid,
    host: new URL(sandboxUrl).host,
    async fault(...rules) {
      const { status } = await fetch(`${sandboxUrl}/_sandbox/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(rules),
      });
      if (status !== 200) throw new Error(`the sandbox refused the rules with ${status}`);
    },
    async delay(at, delayMs) {
      await this.fault({ at, do: { delayMs } });
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
