import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { WorkerMetrics } from './types';

const LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;

let installed = false;

/**
 * Routes the SDK's log into ours. Call it once in a process, before the first connection. The SDK handles no signals:
 * the process that embeds a worker decides when it drains.
 */
export function installRuntime(log: Logger, metrics?: WorkerMetrics): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => log[LEVELS[level]](meta ?? {}, message)),
    shutdownSignals: [],
    ...(metrics === undefined
      ? {}
      : {
          telemetryOptions: {
            metrics: {
              prometheus: {
                bindAddress: metrics.sdkAddress,
                countersTotalSuffix: true,
                unitSuffix: true,
                useSecondsForDurations: true,
              },
              attachServiceName: false,
            },
          },
        }),
    // Decides how soon a killed worker is noticed: the client asks the server for the last reports of workers.
    workerHeartbeatInterval: 5000,
  });
}
