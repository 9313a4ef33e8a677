import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { RunLog } from './journal';
import { PARTS, type PartName, type Plan } from './plan';
import { programPart, type Part } from './processes';
import { CLI, SANDBOX, type Stage } from './stage';
import { temporalPart } from './temporal-part';

/** Everything that runs: Temporal, the sandbox, two workers; one thing is done to each part at a time. */
export interface Machine {
  readonly parts: Readonly<Record<PartName, Part>>;
  startAll(): Promise<void>;
  kill(part: PartName, forMs: number): Promise<void>;
  /** SIGSTOP, and SIGCONT after the time. */
  stop(part: PartName, forMs: number): Promise<void>;
  /** SIGTERM, a start when it has ended: in order, within 20 s, or it is killed. */
  restart(part: PartName, pauseMs: number): Promise<void>;
  /** Ends all, in order where they still obey. */
  close(): Promise<void>;
}

/** A worker may take 10 s to drain; then its operator loses patience. */
const PATIENCE_MS = 20_000;

export function createMachine(plan: Plan, stage: Stage, binary: string, log: RunLog): Machine {
  const parts: Record<PartName, Part> = {
    temporal: temporalPart({
      binary,
      dbFile: stage.dbFile,
      logFile: join(stage.logs, 'temporal.log'),
      port: stage.ports.temporal,
      onEarlyEnd: (how) => log.add('start-failed', { part: 'temporal', how }),
    }),
    sandbox: program('sandbox', sandboxArguments(plan, stage), { CHAOS_CLOCK_FILE: stage.clockFile }),
    'worker-a': program('worker-a', [CLI, 'worker', '--host-id', 'a', '--json'], stage.env('a')),
    'worker-b': program('worker-b', [CLI, 'worker', '--host-id', 'b', '--json'], stage.env('b')),
  };

  function program(name: PartName, args: readonly string[], env: NodeJS.ProcessEnv): Part {
    return programPart({
      name,
      args,
      cwd: stage.root,
      env: { ...stage.env('a'), ...env },
      logFile: join(stage.logs, `${name}.log`),
      onEarlyEnd: (how) => log.add('start-failed', { part: name, how }),
      onDeath: (how, lastWords) => log.add('died', { part: name, how, lastWords }),
    });
  }

  async function end(part: PartName): Promise<void> {
    parts[part].signal('SIGCONT');
    parts[part].signal('SIGTERM');
    const ended = await within(PATIENCE_MS, parts[part].gone());
    if (ended) return;
    log.add('did-not-drain', { part });
    parts[part].signal('SIGKILL');
    await parts[part].gone();
  }

  return {
    parts,
    async startAll() {
      await parts.temporal.start();
      await Promise.all(PARTS.filter((part) => part !== 'temporal').map((part) => parts[part].start()));
    },
    async kill(part, forMs) {
      parts[part].signal('SIGKILL');
      await parts[part].gone();
      await sleep(forMs);
      await parts[part].start();
    },
    async stop(part, forMs) {
      parts[part].signal('SIGSTOP');
      await sleep(forMs);
      parts[part].signal('SIGCONT');
    },
    async restart(part, pauseMs) {
      await end(part);
      await sleep(pauseMs);
      await parts[part].start();
    },
    async close() {
      await Promise.all([end('worker-a'), end('worker-b')]);
      await end('sandbox');
      await end('temporal');
    },
  };
}

function sandboxArguments(plan: Plan, stage: Stage): string[] {
  const options = ['--port', String(stage.ports.sandbox), '--state', stage.sandboxDir];
  const rules = ['--url-life', String(plan.urlLifeSeconds), '--max-bytes', '70000000', '--types', 'JPG'];
  return ['--require', join(__dirname, 'stepped-clock.cjs'), SANDBOX, ...options, ...rules];
}

async function within(ms: number, what: Promise<void>): Promise<boolean> {
  const tooLate = new AbortController();
  try {
    return await Promise.race([what.then(() => true), sleep(ms, false, { signal: tooLate.signal })]);
  } finally {
    tooLate.abort();
  }
}
