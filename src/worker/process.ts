import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { loadPayloadKeys, connectOptions, defaultStateDir, hostId, type ConnectOptions } from '../config';
import type { FerryConfig, TemporalTarget } from '../config/types';
import { isFerryError, type FerryError } from '../errors';
import { defined } from '../lib/defined';
import type { Env } from '../lib/env';
import { startedByNohup } from '../lib/hang-up';
import { keepMemoryOutOfCores } from './no-core';
import { runWorker, type RunningWorker } from './index';
import { openWatch } from './watch';

export interface WorkerProcessOptions {
  readonly target: TemporalTarget;
  readonly config: FerryConfig;
  readonly hostIdFlag?: string;
  readonly env: Env;
  readonly log: Logger;
  /** How long to wait for a server that does not answer; Infinity: without limit. */
  readonly connectWithinMs: number;
  readonly onReady?: (host: string) => void;
  /** `host:port` of `/livez` and `/readyz`. @default healthAddress of the configuration */
  readonly healthAddress?: string;
  /** `host:port` of `/metrics`. @default metricsAddress of the configuration */
  readonly metricsAddress?: string;
}

/**
 * The pauses between attempts to reach a server that is away: the first pause doubles up to the longest, so a server
 * that comes back is found within a second.
 */
const PAUSE_MS = { first: 50, longest: 1_000 } as const;

/** A worker that has run for this long will probably run again. */
const SERVED_MS = 10_000;

/** Pause between two log lines about a missing server. */
const SAY_AGAIN_MS = 60_000;

/**
 * Runs a worker until a signal ends it. SIGTERM, SIGINT or SIGHUP drains it; a second signal ends it at once. When the
 * server goes away, the worker waits and continues when the server is back.
 *
 * @throws TEMPORAL_UNREACHABLE when no server answered within `connectWithinMs`.
 */
export async function runWorkerProcess(options: WorkerProcessOptions): Promise<void> {
  keepMemoryOutOfCores();
  const { target, config, env, log } = options;
  const host = hostId({ env, target, ...defined({ flag: options.hostIdFlag }) });
  const readConnection = (): Promise<ConnectOptions> => connectOptions(target, env);
  let connect = await readConnection();
  const { namespace, kind } = target;
  const stateDir = target.stateDir ?? defaultStateDir(env);
  const payloadKeys = loadPayloadKeys(target, () => config, env);
  let current: RunningWorker | null = null;
  const watch = await openWatch({ ...options, connect, readConnection, host, payloadKeys, current: () => current });
  const { metrics } = watch;
  const fixed = { namespace, kind, config, payloadKeys, host, stateDir, env, log, ...defined({ metrics }) };
  const start = async (): Promise<RunningWorker> => {
    // A certificate may have been replaced while Temporal was away. What cannot be read now does not end the worker.
    connect = await readConnection().catch(() => connect);
    return await runWorker({ connect, readConnection, ...fixed });
  };
  const ending = endOnSignals(log);
  try {
    let onReady = options.onReady;
    while (!ending.signal.aborted) {
      const worker = await retryUntilReachable(options, ending.signal, start);
      if (worker === null) return;
      current = worker;
      const stop = (): void => worker.shutdown();
      ending.signal.addEventListener('abort', stop);
      if (ending.signal.aborted) stop();
      onReady?.(host);
      onReady = undefined;
      await untilDone(worker, ending.signal, log).finally(() => ending.signal.removeEventListener('abort', stop));
      current = null;
    }
  } finally {
    ending.forget();
    await watch.close();
  }
}

/** Null when a signal ended the worker before. */
async function retryUntilReachable(
  { connectWithinMs, log, target }: WorkerProcessOptions,
  ending: AbortSignal,
  start: () => Promise<RunningWorker>,
): Promise<RunningWorker | null> {
  const begun = performance.now();
  let pause: number = PAUSE_MS.first;
  let saidAt: number | null = null;
  while (!ending.aborted) {
    try {
      return await start();
    } catch (error) {
      const now = performance.now();
      if (!isAway(error) || now - begun >= connectWithinMs) throw error;
      if (saidAt === null || now - saidAt >= SAY_AGAIN_MS) {
        saidAt = now;
        log.warn(
          { address: target.address },
          `${error.message} It is tried again until it answers; transfers are safe.`,
        );
      }
    }
    await sleep(pause, undefined, { signal: ending }).catch(() => undefined);
    pause = Math.min(pause * 2, PAUSE_MS.longest);
  }
  return null;
}

/**
 * Resolves when another worker should start: the server went away, or this worker failed after it had run for a while.
 * Rejects when the worker failed soon after its start, because the next worker would fail as well.
 */
async function untilDone(worker: RunningWorker, ending: AbortSignal, log: Logger): Promise<void> {
  const begun = performance.now();
  try {
    await worker.done;
  } catch (error) {
    const worthAnother = isAway(error) || performance.now() - begun > SERVED_MS;
    if (!worthAnother || ending.aborted) throw error;
    log.error({ err: error }, 'The worker failed and starts again; its running tasks are tried again.');
  }
}

function isAway(error: unknown): error is FerryError {
  return isFerryError(error) && error.code === 'TEMPORAL_UNREACHABLE';
}

interface Ending {
  /** Aborted by the first signal, or when the channel to `up` closes. */
  readonly signal: AbortSignal;
  forget(): void;
}

function endOnSignals(log: Logger): Ending {
  const ending = new AbortController();
  const onSignal = (signal: NodeJS.Signals | 'disconnect'): void => {
    if (ending.signal.aborted && signal !== 'disconnect') {
      log.warn({ signal }, 'ending at once; what was under way is tried again by the next worker');
      process.exit(1);
    }
    if (ending.signal.aborted) return;
    log.info({ signal }, 'draining: no new work; what runs finishes or checkpoints');
    ending.abort();
  };
  const onDisconnect = (): void => onSignal('disconnect');
  // A second SIGHUP does not end at once: closing a terminal may send several.
  const onHangUp = (signal: NodeJS.Signals): void => {
    if (!startedByNohup(process.env) && !ending.signal.aborted) onSignal(signal);
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal).on('SIGHUP', onHangUp).on('disconnect', onDisconnect);
  const forget = (): void => {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal).off('SIGHUP', onHangUp).off('disconnect', onDisconnect);
  };
  return { signal: ending.signal, forget };
}
