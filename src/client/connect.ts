/** Puts the client together. Loads Temporal's SDK (a quarter of a second): `src/client.ts` imports it when it is needed. */
import { FerryError } from '../errors';
import { awaitOutcome } from './close-event';
import type { ClientContext } from './context';
import { startFetch } from './fetch';
import { readHealth } from './health';
import { inspectSource } from './inspect-source';
import { listTransfers } from './list';
import type { FerryClientOptions } from './options';
import { resolveTransferId } from './resolve-id';
import { takeSnapshot } from './snapshot';
import { startTransfer } from './start';
import { createViewReader, statusOf } from './status';
import { connectTemporal } from './temporal';
import type { FerryClient } from './types';
import { watchTransfer } from './watch';
import { watchWorkers } from './workers';

export async function connect(options: FerryClientOptions): Promise<FerryClient> {
  const server = await connectTemporal(options);
  const context: ClientContext = {
    server,
    hostId: options.hostId,
    workers: watchWorkers(server),
    inspect: options.inspect ?? inspectSource,
    watchers: { count: 0 },
  };
  return {
    start: (request) => startTransfer(context, request),
    fetch: (request) => startFetch(context, request),
    resolveId: (prefix) => resolveTransferId(context, prefix),
    status: async (transferId) => statusOf(context, await takeSnapshot(server, transferId), createViewReader(context)),
    list: (filter) => listTransfers(context, filter),
    watch: (transferId, watchOptions) => watchTransfer(context, transferId, watchOptions),
    result: (transferId, signal) => awaitOutcome(server, transferId, signal),
    cancel: (transferId) => cancelTransfer(context, transferId),
    hasWorker: (host) => context.workers.serves(host),
    health: () => readHealth(context),
    close: () => server.close(),
  };
}

/** Durable at once, also when no worker runs. TRANSFER_UNKNOWN, TRANSFER_CLOSED. */
async function cancelTransfer({ server }: ClientContext, transferId: string): Promise<void> {
  const { status, runId } = await takeSnapshot(server, transferId);
  if (status !== 'running') throw alreadyClosed(transferId);
  try {
    await server.call(
      () =>
        server.service.requestCancelWorkflowExecution({
          namespace: server.namespace,
          workflowExecution: { workflowId: transferId, runId },
          requestId: `ferry-cancel-${transferId}`,
          reason: 'cancelled with Ferry',
        }),
      { transferId },
    );
  } catch (error) {
    // It ended between the two calls.
    if (error instanceof FerryError && error.code === 'TRANSFER_UNKNOWN') throw alreadyClosed(transferId);
    throw error;
  }
}

function alreadyClosed(transferId: string): FerryError {
  return new FerryError('TRANSFER_CLOSED', `The transfer ${transferId} has ended already.`);
}
