/** The door for programs that run a worker in a process of their own. `ferry worker` does the same. */
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { loadConfig as findConfig, readUp, type LocatedTemporal } from './config';
import type { FerryConfig } from './config/types';
import { defined } from './lib/defined';
import type * as serving from './worker/index';
import type { RunningWorker } from './worker/types';

export { locateTemporal, type LocatedTemporal, type LocateOptions } from './config';
export type { AccountConfig, FerryConfig } from './config/types';
export { ERROR_TABLE, FerryError, isErrorCode, isFerryError, type ErrorCode } from './errors';
export type { HealthCheck, RunningWorker } from './worker/types';

export interface LoadConfigOptions {
  /** From `locateTemporal`: a `ferry up` brings its practice account and its seal keys. @default no `up` */
  readonly temporal?: LocatedTemporal;
  /** Path of a ferry.toml. @default FERRY_CONFIG, then the places that docs/configuration.md lists */
  readonly configPath?: string;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. @default process.cwd() */
  readonly cwd?: string;
}

/** Reads ferry.toml. CONFIG_INVALID names the file, the line and the key. */
export function loadConfig(options: LoadConfigOptions = {}): FerryConfig {
  const { temporal, configPath, env = process.env, cwd = process.cwd() } = options;
  const upStateDir = temporal?.kind === 'embedded' ? temporal.stateDir : undefined;
  return findConfig({
    env,
    cwd,
    ...defined({ configPath }),
    ...(upStateDir === undefined ? {} : { stateDir: upStateDir, upFile: readUp(upStateDir) }),
  });
}

export interface WorkerOptions {
  /** From `locateTemporal`, or made by hand. */
  readonly temporal: Omit<LocatedTemporal, 'connection' | 'readConnection'> & {
    readonly connection: NativeConnectionOptions;
    /** Reads `connection` again, every few seconds. @default it never changes */
    readonly readConnection?: () => Promise<NativeConnectionOptions>;
  };
  /** From `loadConfig`. The variables and files that it names for secrets are read when a step needs them. */
  readonly config: FerryConfig;
  /** Where secrets named as variables are looked up. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** A pino logger. @default JSON lines on standard output, redacted */
  readonly log?: Logger;
}

/**
 * Starts a worker. Resolves when it is connected and polls its queues.
 *
 * The process gets Temporal's `Runtime`, installed once. Signal handlers are left to the program: call `shutdown()`.
 *
 * @throws FerryError TEMPORAL_UNREACHABLE, CREDENTIALS_REFUSED, NOT_CONFIGURED (no such namespace, no seal key),
 *   TARGET_NOT_WRITABLE (receipts cannot be kept under the state directory)
 *
 * @example
 * const temporal = await locateTemporal();
 * const worker = await runWorker({ temporal, config: loadConfig({ temporal }) });
 * process.once('SIGTERM', () => worker.shutdown());
 * await worker.done;
 */
export async function runWorker({ temporal, config, env = process.env, log }: WorkerOptions): Promise<RunningWorker> {
  // Loaded here and not above: a program that only wants the types must not wait for Temporal's SDK.
  const worker = require('./worker/index') as typeof serving;
  const { connection: connect, readConnection, namespace, kind, hostId: host, stateDir, payloadKeys } = temporal;
  return worker.runWorker({
    connect,
    ...defined({ readConnection }),
    namespace,
    kind,
    config,
    payloadKeys,
    host,
    stateDir,
    env,
    log: log ?? worker.createLog(process.stdout),
  });
}
