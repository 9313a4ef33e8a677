import { cp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { RunLog } from './journal';
import { WORKERS, type Host, type PartName, type PARTS, type Plan, type WorkerName } from './plan';
import { programPart, type Part } from './processes';
import { CLI, SANDBOX, type Stage } from './stage';
import { temporalPart } from './temporal-part';
import type { TemporalPlace } from './temporal-place';

/** A cluster has more parts than an embedded server. */
type Parts = Readonly<Record<(typeof PARTS)[number], Part> & Partial<Record<PartName, Part>>>;

/** Everything that runs: Temporal, the sandbox, two workers for each host; one thing is done to each part at a time. */
export interface Machine {
  readonly parts: Parts;
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

export interface MachineOptions {
  readonly plan: Plan;
  readonly stage: Stage;
  /** The Temporal program; used only where the place is the embedded server. */
  readonly binary: string;
  readonly place: TemporalPlace;
  readonly log: RunLog;
  /** Those that are not started from the present tree as usual. */
  readonly workers?: Readonly<Partial<Record<WorkerName, WorkerProgram>>>;
}

export interface WorkerProgram {
  /** The command line of another version. @default that of this tree */
  readonly cli?: string;
  /** Options of Node, such as a module to load first. */
  readonly node?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export function createMachine({ plan, stage, binary, place, log, workers = {} }: MachineOptions): Machine {
  const embedded = temporalPart({
    binary,
    dbFile: stage.dbFile,
    logFile: join(stage.logs, 'temporal.log'),
    port: Number(place.env.TEMPORAL_ADDRESS.split(':').at(-1)),
    onEarlyEnd: (how) => log.add('start-failed', { part: 'temporal', how }),
  });
  const ours: Record<'sandbox' | WorkerName, Part> = {
    sandbox: program('sandbox', sandboxArguments(plan, stage), { CHAOS_CLOCK_FILE: stage.clockFile }),
    'worker-a': worker('worker-a', 'a'),
    'worker-a2': worker('worker-a2', 'a'),
    'worker-b': worker('worker-b', 'b'),
    'worker-b2': worker('worker-b2', 'b'),
  };
  const parts: Parts = { ...(place.parts ?? { temporal: embedded }), ...ours };

  function partOf(name: PartName): Part {
    const part = parts[name];
    if (part === undefined) throw new Error(`This run has no part ${name}.`);
    return part;
  }

  function worker(name: WorkerName, host: Host): Part {
    const { cli = CLI, node = [], env = {} } = workers[name] ?? {};
    return program(name, [...node, cli, 'worker', '--host-id', host, '--json'], { ...stage.env(host), ...env });
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

  async function end(name: PartName): Promise<void> {
    const part = partOf(name);
    part.signal('SIGCONT');
    part.signal('SIGTERM');
    const ended = await within(PATIENCE_MS, part.gone());
    if (ended) return;
    log.add('did-not-drain', { part: name });
    part.signal('SIGKILL');
    await part.gone();
  }

  async function killAll(names: readonly PartName[]): Promise<void> {
    for (const name of names) partOf(name).signal('SIGKILL');
    await Promise.all(names.map((name) => partOf(name).gone()));
  }

  return {
    parts,
    async startAll() {
      if (place.parts === null) await embedded.start();
      await Promise.all(Object.values(ours).map((part) => part.start()));
    },
    async kill(name, forMs) {
      await killAll([name]);
      await sleep(forMs);
      await partOf(name).start();
    },
    async stop(name, forMs) {
      partOf(name).signal('SIGSTOP');
      await sleep(forMs);
      partOf(name).signal('SIGCONT');
    },
    async restart(name, pauseMs) {
      await end(name);
      await sleep(pauseMs);
      await partOf(name).start();
    },
    async copyDatabase() {
      await killAll(['temporal']);
      await copyDatabaseFiles(stage.dbFile, `${stage.dbFile}.copy`);
      await embedded.start();
    },
    async restoreDatabase() {
      await killAll(['temporal', ...WORKERS]);
      await copyDatabaseFiles(`${stage.dbFile}.copy`, stage.dbFile);
      await embedded.start();
      await Promise.all(WORKERS.map((name) => ours[name].start()));
    },
    async close() {
      await Promise.all(WORKERS.map(end));
      await end('sandbox');
      if (place.parts === null) await end('temporal');
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
  const options = ['--port', String(stage.sandboxPort), '--state', stage.sandboxDir];
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
