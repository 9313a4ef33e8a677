import type { Logger } from 'pino';
import { connectOptions, defaultStateDir, hostId } from '../config';
import type { FerryConfig, TemporalTarget } from '../config/types';
import { isFerryError } from '../errors';
import { runWorker, type RunningWorker } from './index';

export interface WorkerProcessOptions {
  readonly target: TemporalTarget;

  readonly config: FerryConfig;
  readonly hostIdFlag?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** How long a server that does not answer yet is asked again; 0: not at all. */
  readonly connectWithinMs: number;
  readonly onReady?: (host: string) => void;
}

const ASK_AGAIN_MS = 50;

/** Runs a worker until it is told to end: SIGTERM or SIGINT drains it, a second one ends it at once. */
export async function runWorkerProcess(options: WorkerProcessOptions): Promise<void> {
  const { target, config, env, log } = options;
  const host = hostId({ env, target, ...(options.hostIdFlag === undefined ? {} : { flag: options.hostIdFlag }) });
  const connect = await connectOptions(target, env);
  const { namespace, kind } = target;
  const stateDir = target.stateDir ?? defaultStateDir(env);
  const worker = await patiently(options.connectWithinMs, () =>
    runWorker({ connect, namespace, kind, config, host, stateDir, env, log }),
  );
  const forget = drainOnSignals(worker, log);
  options.onReady?.(host);
  try {
    await worker.done;
  } finally {
    forget();
  }
}

async function patiently(withinMs: number, start: () => Promise<RunningWorker>): Promise<RunningWorker> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'TEMPORAL_UNREACHABLE' || performance.now() > end) throw error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, ASK_AGAIN_MS);
    });
  }
}

function drainOnSignals(worker: RunningWorker, log: Logger): () => void {
  let draining = false;
  const onSignal = (signal: NodeJS.Signals | 'disconnect'): void => {
    if (draining && signal !== 'disconnect') {
      log.warn({ signal }, 'ending at once; what was under way is tried again by the next worker');
      process.exit(1);
    }
    if (draining) return;
    draining = true;
    log.info({ signal }, 'draining: no new work; what runs finishes or checkpoints');
    worker.shutdown();
  };
  const onDisconnect = (): void => onSignal('disconnect');
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal).on('disconnect', onDisconnect);
  return () => {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal).off('disconnect', onDisconnect);
  };
}
