import { join } from 'node:path';
import {
  databaseFile,
  ownedTemporalSpec,
  ownerName,
  startTemporal,
  type FoundTemporal,
  type SpawnedTemporal,
} from '../engine';
import { defined } from '../lib/defined';
import { LOOPBACK } from '../lib/loopback';
import type { ProcessIdentity } from '../lib/process-identity';
import { OWN_PATH } from '../web';
import type { ChosenPorts } from './choose-ports';
import { replaceFile } from '../lib/atomic-file';
import type { Env } from '../lib/env';
import { forkedPart } from './forked-part';
import type { Part } from './part';
import { SANDBOX_PROGRAM, sandboxArguments, sandboxEnvironment } from './sandbox-program';
import { logFile, type StatePaths } from './state-dir';
import type { UpOptions } from './types';

/** Environment variable of the worker: the server that the worker must end when its `up` is gone. */
const OWNED_TEMPORAL = 'FERRY_OWNED_TEMPORAL';

/** Environment variable of a detached `up`; its parts do not get it. */
export const UP_CHANNEL = 'FERRY_UP_CHANNEL';

export interface PartsContext {
  readonly paths: StatePaths;
  readonly ports: ChosenPorts;
  /** The `up` itself. */
  readonly self: ProcessIdentity;
  readonly hostId: string;
  readonly options: UpOptions;
}

export function temporalPart(
  context: PartsContext,
  findBinary: (signal: AbortSignal) => Promise<FoundTemporal>,
  onSpawned: (server: SpawnedTemporal) => void,
): Part {
  const { paths, ports, self, options } = context;
  const log = logFile(paths, 'temporal');
  const start = async (signal: AbortSignal): ReturnType<Part['start']> => {
    const dbFile = databaseFile(paths.temporalDir);
    const { path: binary } = await findBinary(signal);
    return await startTemporal({
      binary,
      dbFile,
      port: ports.temporal,
      // The gateway has the port that people know.
      uiPort: 0,
      codecUrl: `http://${LOOPBACK}:${ports.ui}${OWN_PATH}`,
      logFile: log,
      signal,
      ...defined({ onNotice: options.onNotice }),
      onSpawned: (server) => {
        const { pid, startTime } = server;
        // In the same tick as the spawn, so that the server of a killed `up` can always be found and ended.
        replaceFile(paths.temporalRecord, JSON.stringify({ pid, startTime, owner: ownerName(self) }), {
          durable: false,
        });
        onSpawned(server);
      },
    });
  };
  return { name: 'temporal', logFile: log, start };
}

export function sandboxPart(context: PartsContext, onSpawned: (process: ProcessIdentity) => void): Part {
  const { paths, ports, options } = context;
  return forkedPart({
    name: 'sandbox',
    script: options.scripts?.sandbox ?? SANDBOX_PROGRAM,
    args: () => sandboxArguments(ports.sandbox, paths.sandboxDir, options.sandboxSettings ?? {}),
    env: () => sandboxEnvironment(options.env ?? process.env),
    logFile: logFile(paths, 'sandbox'),
    readyTimeoutMs: 30_000,
    stopGraceMs: 10_000,
    onSpawned,
  });
}

export function workerPart(context: PartsContext, onSpawned: (process: ProcessIdentity) => void): Part {
  const { paths, self, hostId, options } = context;
  return forkedPart({
    name: 'worker',
    script: options.scripts?.worker ?? join(__dirname, '../worker/main.js'),
    args: () => ['--state', paths.root, ...metricsArguments(options)],
    env: () => ({
      ...partEnvironment(options),
      FERRY_HOST_ID: hostId,
      [OWNED_TEMPORAL]: ownedTemporalSpec(self, paths.temporalRecord),
    }),
    logFile: logFile(paths, 'worker'),
    readyTimeoutMs: 60_000,
    // Longer than the time that the worker gives its attempts to end.
    stopGraceMs: 30_000,
    onSpawned,
  });
}

function metricsArguments({ metricsPort }: UpOptions): readonly string[] {
  return metricsPort === undefined ? [] : ['--metrics', `${LOOPBACK}:${metricsPort}`];
}

function partEnvironment(options: UpOptions): Env {
  const { [UP_CHANNEL]: _, ...env } = options.env ?? process.env;
  return env;
}
