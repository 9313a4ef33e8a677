/**
 * One living sandbox for each state directory, also after kill -9 and when process ids come round again.
 *
 * Each candidate lays down a file named by its process id and start time, then looks for others. The file of a process
 * that is gone is removed; a living one wins. Two that start in the same instant see each other, step back and try
 * again after a random pause, so that never both go on.
 */
import { execFile } from 'node:child_process';
import { mkdir, open, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { SandboxError, codeOf } from './sandbox-error';

const TRIES = 5;

export interface StateLock {
  release(): Promise<void>;
}

/** @throws SandboxError when a living process (this one included) uses the directory */
export async function lockState(stateDir: string): Promise<StateLock> {
  const directory = join(stateDir, 'lock');
  await mkdir(directory, { recursive: true });
  const name = `${process.pid}-${(await startTimeOf(process.pid)) ?? '0'}`;
  const path = join(directory, name);
  for (let attempt = 1; ; attempt += 1) {
    await claim(path, stateDir);
    const rival = await livingRival(directory, name);
    if (rival === null) return { release: () => rm(path, { force: true }) };
    await rm(path, { force: true });
    if (attempt === TRIES) throw inUse(stateDir, rival);
    await sleep(10 + Math.random() * 40);
  }
}

async function claim(path: string, stateDir: string): Promise<void> {
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    // Same process id and start time: it is we ourselves, with another sandbox.
    if (codeOf(error) === 'EEXIST') throw inUse(stateDir, process.pid);
    throw error;
  }
}

async function livingRival(directory: string, own: string): Promise<number | null> {
  for (const other of await readdir(directory)) {
    if (other === own) continue;
    const pid = Number.parseInt(other, 10);
    const startTime = other.slice(other.indexOf('-') + 1);
    if (Number.isInteger(pid) && (await startTimeOf(pid)) === startTime) return pid;
    await rm(join(directory, other), { force: true });
  }
  return null;
}

/** Something that differs between two processes with the same id; null: there is no such process. */
export async function startTimeOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return startTimeByPs(pid);
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name and may hold spaces and brackets: count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

async function startTimeByPs(pid: number): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim().replaceAll(/\W+/g, '_') || null;
  } catch {
    return null;
  }
}

function inUse(stateDir: string, pid: number): SandboxError {
  return new SandboxError(`The state directory ${stateDir} is in use by another sandbox (process ${pid}).`, {
    taken: 'state',
  });
}
