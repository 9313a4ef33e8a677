import { spawn, type ChildProcess } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunLog } from './journal';
import type { Plan, PlannedFile, Wave } from './plan';
import { ACCOUNT, CLI, type Stage } from './stage';

/** One file that was to be sent, and the transfer that carries it. */
export interface Sent {
  readonly wave: Wave;
  readonly file: PlannedFile;
  readonly source: string;
  readonly transferId: string;
}

export interface Senders {
  /** Every wave at its time, each until Temporal has accepted it. Resolves when all are. */
  run(): Promise<readonly Sent[]>;
  /** Every wave once more: what people do after an older database was put back, in which some transfers are missing. */
  again(): Promise<void>;
  stop(): void;
}

interface Try {
  readonly code: number | null;
  /** Transfer ids by source, of those that were started. */
  readonly started: ReadonlyMap<string, string>;
  readonly stderr: string;
}

const TRY_AGAIN_MS = 1500;

/** Operations people who run the same command again until it works. */
export function createSenders(plan: Plan, stage: Stage, log: RunLog): Senders {
  const stopping = new AbortController();
  const { signal } = stopping;
  // Each wave waits for its time with a listener of its own.
  setMaxListeners(0, signal);
  const running = new Set<ChildProcess>();
  const until = async (atMs: number): Promise<void> => {
    await sleep(Math.max(0, atMs - log.now()), undefined, { signal });
  };

  async function send(wave: Wave): Promise<ReadonlyMap<string, string>> {
    const started = new Map<string, string>();
    for (let attempt = 1; ; attempt += 1) {
      const killAfterMs = attempt === 1 ? wave.killAfterMs : null;
      const result = await runSend(wave, stage, running, killAfterMs);
      for (const [source, transferId] of result.started) started.set(source, transferId);
      // 3: what was sent before is parked by now; it is the kit's to retry, when the storm is over.
      if (result.code === 0 || (result.code === 3 && started.size === wave.files.length)) return started;
      log.add('send-again', { wave: wave.id, code: result.code, why: result.stderr.split('\n').slice(1, 3).join(' ') });
      // 4: Temporal is away. null: we have killed it. Any other code is a fault.
      if (result.code !== 4 && result.code !== null) log.add('send-refused', { wave: wave.id, code: result.code });
      await sleep(TRY_AGAIN_MS, undefined, { signal });
    }
  }

  async function carry(wave: Wave): Promise<Sent[]> {
    await until(wave.atMs);
    const started = await send(wave);
    sent.set(wave, started);
    log.add('sent', { wave: wave.id, files: wave.files.length, host: wave.host, target: wave.target });
    for (const atMs of wave.againAtMs) {
      await until(atMs);
      const again = await send(wave);
      const others = [...again].filter(([source, id]) => started.get(source) !== id);
      log.add(others.length === 0 ? 'sent-again' : 'sent-twice', { wave: wave.id });
    }
    return wave.files.map((file) => {
      const source = stage.sourceOf(wave.host, file);
      return { wave, file, source, transferId: started.get(source) ?? '' };
    });
  }

  const sent = new Map<Wave, ReadonlyMap<string, string>>();

  return {
    async again() {
      for (const wave of plan.waves) {
        const ids = await send(wave);
        const before = sent.get(wave);
        const others = [...ids].filter(([source, id]) => before?.get(source) !== id);
        log.add(others.length === 0 ? 'sent-again' : 'sent-twice', { wave: wave.id });
      }
    },
    run: async () => (await Promise.all(plan.waves.map(carry))).flat(),
    stop() {
      stopping.abort();
      for (const child of running) child.kill('SIGKILL');
    },
  };
}

async function runSend(wave: Wave, stage: Stage, running: Set<ChildProcess>, killAfterMs: number | null): Promise<Try> {
  const flags = ['--account', ACCOUNT, '--consumer', wave.consumer, '--caption', wave.id, '--detach', '--json'];
  const args = ['send', '--files-from', '-', '--fetch-to', stage.targetDir(wave.host, wave.target), ...flags];
  const child = spawn(process.execPath, [CLI, ...args], { cwd: stage.root, env: stage.env(wave.host), stdio: 'pipe' });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(wave.files.map((file) => `${stage.sourceOf(wave.host, file)}\n`).join(''));
  const killing = killAfterMs === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', (status) => resolve(status));
  });
  clearTimeout(killing);
  running.delete(child);
  return { code, started: readStarted(stdout), stderr };
}

function readStarted(stdout: string): ReadonlyMap<string, string> {
  const started = new Map<string, string>();
  // A killed sender's last line may be half a document.
  for (const line of stdout.split('\n').slice(0, -1)) {
    const document = JSON.parse(line) as { type: string; source?: string; transferId?: string };
    if (document.type === 'status') started.set(document.source!, document.transferId!);
  }
  return started;
}
