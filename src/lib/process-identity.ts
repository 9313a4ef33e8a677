/**
 * Tells a process from a later one with the same pid, by its start time. Check `isSameProcess` before every signal to
 * a process that this process did not just spawn.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { platform } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** `/proc/PID/stat` field 22 (clock ticks since boot) on Linux, `ps -o lstart` in UTC elsewhere. */
  readonly startTime: string;
}

/** Start time of a living process; null when there is none, or only a zombie. */
export function processStartTime(pid: number): string | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  return platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

function startTimeFromProc(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  // Field 2 is the command in parentheses and may itself hold spaces and parentheses: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return fields[19] ?? null;
}

/**
 * Start time by `ps`, which every Unix has. `ps` prints local time in the user's language: without TZ and LC_ALL, two
 * processes with different settings would read two start times of one process.
 */
export function startTimeFromPs(pid: number): string | null {
  const line = output('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
  const [state, ...rest] = line?.split(/\s+/) ?? [];
  return state === undefined || state.startsWith('Z') || rest.length === 0 ? null : rest.join(' ');
}

function output(command: string, args: readonly string[]): string | null {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}

// Neither value changes while the process lives.
let self: ProcessIdentity | undefined;
let world: string | null | undefined;

/** Identity of the process that runs this code. */
export function thisProcess(): ProcessIdentity {
  if (self !== undefined) return self;
  const startTime = processStartTime(process.pid);
  if (startTime === null) throw new Error('The start time of this process cannot be read.');
  return (self = { pid: process.pid, startTime });
}

/**
 * Names the boot of the machine and the pid namespace. Pids and start times can be compared only between processes
 * with the same name; null when the system does not tell.
 */
export function pidWorld(): string | null {
  return (world ??= platform === 'linux' ? linuxWorld() : output('sysctl', ['-n', 'kern.bootsessionuuid']) || null);
}

function linuxWorld(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** True when the process lives and is not a later one with the same pid. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.startTime;
}

/** SIGTERM, then SIGKILL after `graceMs`. Does nothing when the process is gone or is another one. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  if (!signalProcess(identity, 'SIGTERM')) return;
  if (await waitUntilGone(identity, graceMs)) return;
  signalProcess(identity, 'SIGKILL');
  await waitUntilGone(identity, 5_000);
}

/** Sends a signal; false when the process is gone or is another one. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isSameProcess(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the process is gone; false when it still lives after `withinMs`. */
async function waitUntilGone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (isSameProcess(identity)) {
    if (performance.now() >= until) return false;
    await sleep(20);
  }
  return true;
}
