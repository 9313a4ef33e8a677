import { cp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { RunLog } from './journal';
import { PARTS, WORKERS, type Host, type PartName, type Plan, type WorkerName } from './plan';
import { programPart, type Part } from './processes';
import { CLI, SANDBOX, type Stage } from './stage';
import { temporalPart } from './temporal-part';

/** Everything that runs: Temporal, the sandbox, two workers for each host; one thing is done to each part at a time. */
export interface Machine {
  readonly parts: Readonly<Record<PartName, Part>>;
  startAll(): Promise<void>;
  kill(part: PartName, forMs: number): Promise<void>;
  /** SIGSTOP, and SIGCONT after the time. */
  stop(part: PartName, forMs: number): Promise<void>;
  /** SIGTERM, a start when it has ended: in order, within 20 s, or it is killed. */
  restart(part: PartName, pauseMs: number): Promise<void>;
  /** kill -9 of Temporal, and a copy of its database. Nothing else may be done to Temporal meanwhile. */
  copyDatabase(): Promise<void>;
  /** kill -9 of Temporal and all workers, then all go on with the copy. Nothing else may be done to them meanwhile. */
  restoreDatabase(): Promise<void>;
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
    'worker-a': worker('worker-a', 'a'),
    'worker-a2': worker('worker-a2', 'a'),
    'worker-b': worker('worker-b', 'b'),
    'worker-b2': worker('worker-b2', 'b'),
  };

  function worker(name: WorkerName, host: Host): Part {
    return program(name, [CLI, 'worker', '--host-id', host, '--json'], stage.env(host));
  }

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

  async function killAll(names: readonly PartName[]): Promise<void> {
    for (const name of names) parts[name].signal('SIGKILL');
    await Promise.all(names.map((name) => parts[name].gone()));
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
    async copyDatabase() {
      await killAll(['temporal']);
      await copyDatabaseFiles(stage.dbFile, `${stage.dbFile}.copy`);
      await parts.temporal.start();
    },
    async restoreDatabase() {
      await killAll(['temporal', ...WORKERS]);
      await copyDatabaseFiles(`${stage.dbFile}.copy`, stage.dbFile);
      await parts.temporal.start();
      await Promise.all(WORKERS.map((name) => parts[name].start()));
    },
    async close() {
      await Promise.all(WORKERS.map(end));
      await end('sandbox');
      await end('temporal');
    },
  };
}

/** SQLite keeps what is not yet in the database in a log beside it. */
async function copyDatabaseFiles(from: string, to: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) {
    await rm(`${to}${suffix}`, { force: true });
    await cp(`${from}${suffix}`, `${to}${suffix}`, { force: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' || suffix === '') throw error;
    });
  }
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
