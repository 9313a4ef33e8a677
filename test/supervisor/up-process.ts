import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UpFile } from '../../src/config/types';
import { type ProcessIdentity, isSameProcess } from '../../src/lib/process-identity';
import { readUp } from '../../src/config';
import { stopUp } from '../../src/supervisor';
import { testCacheDir } from '../support/temporal';

export const fixture = (name: string): string => join(__dirname, 'fixtures', name);

export interface UpProcess {
  readonly process: ChildProcess;
  /** Everything it printed to stderr so far. */
  said(): string;
  /** Resolves with the exit code, null after a signal. */
  readonly exited: Promise<number | null>;
}

/** An `up` with stand-ins for its parts, in a process of its own. */
export function startUp(stateDir: string, worker = 'worker.cjs'): UpProcess {
  const child = spawn(process.execPath, [fixture('up.cjs'), stateDir, testCacheDir, worker], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => (text += more));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { process: child, said: () => text, exited };
}

/** Polls until `look` gives something; fails after 20 s, with what was waited for. */
export async function until<T>(what: string, look: () => T | null | undefined | false): Promise<T> {
  for (const end = performance.now() + 20_000; performance.now() < end; await sleep(25)) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
  }
  throw new Error(`Waited 20 s for ${what}, which did not happen.`);
}

export async function ready(stateDir: string): Promise<UpFile> {
  return await until('an up that is ready', () => {
    const file = readUp(stateDir);
    return file?.ready === true ? file : null;
  });
}

export function processesOf(file: UpFile): Record<'temporal' | 'sandbox' | 'worker', ProcessIdentity> {
  const { pids, startTimes } = file;
  return {
    temporal: { pid: pids.temporal, startTime: startTimes.temporal },
    sandbox: { pid: pids.sandbox ?? 0, startTime: startTimes.sandbox ?? '' },
    worker: { pid: pids.worker ?? 0, startTime: startTimes.worker ?? '' },
  };
}

export function livingOf(file: UpFile): string[] {
  return Object.entries(processesOf(file))
    .filter(([, identity]) => isSameProcess(identity))
    .map(([name]) => name);
}

/** A state directory of one test, with the end of all that runs on it. */
export function temporaryState(): { readonly dir: string; remove(): Promise<void> } {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-up-'));
  return {
    dir,
    remove: async () => {
      await stopUp(dir);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
