/** The worker process: the connection to Temporal; what serves its queues is in `serve.ts`. */
import { join } from 'node:path';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { loadSealKeys } from '../config';
import { prepareEvidence } from './prepare-evidence';
import { installRuntime } from './runtime';
import type * as serving from './serve';
import { asTemporalFailure } from './temporal-failures';
import type { RunningWorker, WorkerOptions } from './types';

export { createLog } from './log';

export type { HealthCheck, RunningWorker, WorkerOptions } from './types';

/**
 * Starts a worker; resolves when it is connected and polls. TEMPORAL_UNREACHABLE when there is no server, or when it
 * went away before all queues were polled; NOT_CONFIGURED (no such namespace), CREDENTIALS_REFUSED.
 */
export async function runWorker(options: WorkerOptions): Promise<RunningWorker> {
  try {
    return await start(options);
  } catch (error) {
    throw asTemporalFailure(error, { address: options.connect.address ?? '', namespace: options.namespace });
  }
}

async function start(options: WorkerOptions): Promise<RunningWorker> {
  const { config, env, log } = options;
  installRuntime(log, options.metrics);
  const keys = loadSealKeys(config, env);
  prepareEvidence(options.stateDir);
  const transport = transportTo(options.kind);
  const connect = { ...options.connect, ...transport };
  const { readConnection } = options;
  const connecting = NativeConnection.connect(connect);
  // Loading the code of the steps takes a quarter of a second, during which Temporal is called.
  const { serve } = require('./serve') as typeof serving;
  return await serve({
    ...options,
    connect,
    ...(readConnection === undefined
      ? {}
      : { readConnection: async () => ({ ...(await readConnection()), ...transport }) }),
    connection: await connecting,
    keys,
    receiptsDir: join(options.stateDir, 'receipts'),
    ledgerDir: join(options.stateDir, 'ledger'),
    jobsDir: join(options.stateDir, 'jobs'),
  });
}

/** No compression for a server on this machine: it costs more than it saves. */
function transportTo(kind: WorkerOptions['kind']): NativeConnectionOptions {
  return kind === 'embedded' ? { grpcCompression: { codec: 'none' } } : {};
}
