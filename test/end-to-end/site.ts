import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { findOrFetchTemporal, freePort } from '../../src/engine';
import { programPart, type Part } from '../chaos/kit/processes';
import { sandboxView, type SandboxView } from '../chaos/kit/sandbox-view';
import { CLI, SANDBOX } from '../chaos/kit/stage';
import { temporalPart } from '../chaos/kit/temporal-part';
import { testCacheDir } from '../support/temporal';
import { withTemporal } from '../support/with-temporal';
import { openMachine, type Machine, type Outcome } from './machine';
import { EMBEDDED_NAMESPACE } from '../../src/contract';

/**
 * Temporal, a sandbox and workers as processes of their own that nobody restarts: a cluster in small. Where the
 * environment gives a Temporal, the site has a namespace of its own there.
 */
export interface Site {
  readonly directory: string;
  /** Of the workers and commands that are started from now on. */
  readonly env: NodeJS.ProcessEnv;
  /** Null: a given Temporal, which is not the site's to kill. */
  readonly temporal: Part | null;
  readonly view: SandboxView;
  /** By how much the sandbox's clock is ahead, from now on, in milliseconds. */
  stepClock(aheadMs: number): Promise<void>;
  /** A worker, not started yet. */
  worker(name: string, hostId: string): Part;
  /** What a worker has logged so far. */
  logOf(name: string): Promise<string>;
  ferry(...args: string[]): Promise<Outcome>;
  /** Asks Temporal itself; to be used while it lives. */
  withClient<T>(work: (client: Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** @param settings lines for the top of ferry.toml */
export async function openSite(settings: readonly string[] = []): Promise<Site> {
  const machine = await openMachine();
  const { directory, given } = machine;
  const [temporalPort, sandboxPort] = [await freePort(), await freePort()];
  const temporal = given === null ? await ownTemporal(directory, temporalPort) : null;
  const leadsTo = given ?? {
    TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
    TEMPORAL_NAMESPACE: EMBEDDED_NAMESPACE,
  };
  const env = await configure(machine, settings, leadsTo, sandboxPort);
  const clockFile = join(directory, 'clock');
  const parts: Part[] = [];
  const logFile = (name: string): string => join(directory, `${name}.log`);
  const program = (name: string, args: readonly string[], more: NodeJS.ProcessEnv): Part => {
    const quiet = { onEarlyEnd: () => undefined, onDeath: () => undefined };
    const part = programPart({
      name,
      args,
      cwd: directory,
      env: { ...env, ...more },
      logFile: logFile(name),
      ...quiet,
    });
    parts.push(part);
    return part;
  };
  const steppedClock = join(__dirname, '../chaos/kit/stepped-clock.cjs');
  const serve = ['--port', String(sandboxPort), '--state', join(directory, 'sandbox'), '--max-bytes', '70000000'];
  const sandbox = program('sandbox', ['--require', steppedClock, SANDBOX, ...serve], {
    CHAOS_CLOCK_FILE: clockFile,
  });
  const site: Site = {
    directory,
    env,
    temporal,
    view: sandboxView(sandboxPort, 30_000),
    stepClock: (aheadMs) => writeFile(clockFile, String(aheadMs)),
    worker: (name, hostId) => program(name, [CLI, 'worker', '--host-id', hostId, '--json'], {}),
    logOf: (name) => readFile(logFile(name), 'utf8'),
    ferry: (...args) => machine.ferry(args, { env: { FERRY_STATE: undefined, ...env } }),
    withClient: (work) => withTemporal(env, work),
    async close() {
      const all = temporal === null ? parts : [...parts, temporal];
      for (const part of all) part.signal('SIGKILL');
      await Promise.all(all.map((part) => part.gone()));
      await machine.close();
    },
  };
  try {
    await Promise.all([temporal?.start(), sandbox.start()]);
    return site;
  } catch (error) {
    await site.close();
    throw error;
  }
}

async function ownTemporal(directory: string, port: number): Promise<Part> {
  const { path: binary } = await findOrFetchTemporal({ cacheDir: testCacheDir });
  return temporalPart({
    binary,
    dbFile: join(directory, 'temporal.db'),
    logFile: join(directory, 'temporal.log'),
    port,
    onEarlyEnd: () => undefined,
  });
}

async function configure(
  { directory }: Machine,
  settings: readonly string[],
  temporal: NodeJS.ProcessEnv,
  sandboxPort: number,
) {
  await mkdir(join(directory, 'home'));
  const configFile = join(directory, 'ferry.toml');
  const toml = [
    'defaultAccount = "site"',
    ...settings,
    '[accounts.site]',
    'accountId = "12345678"',
    `domain = "127.0.0.1:${sandboxPort}"`,
    'plaintext = true',
    'enableFileSharing = true',
    'login = { username = "ops", passwordEnv = "SITE_PASSWORD" }',
    'consumer = { name = "ops" }',
    'files = { types = ["JPG"], maxBytes = 70000000 }',
    `directories = { sources = [${JSON.stringify(directory)}], targets = [${JSON.stringify(directory)}] }`,
    '',
  ];
  await writeFile(configFile, toml.join('\n'));
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: join(directory, 'home'),
    NO_COLOR: '1',
    FERRY_CONFIG: configFile,
    FERRY_HOST_ID: 'a',
    FERRY_SEAL_KEY: randomBytes(32).toString('base64'),
    SITE_PASSWORD: 'sandbox',
    ...temporal,
  };
  return env;
}
