/** Creates the client. Loads the SDK of Temporal (a quarter of a second), so `src/client.ts` imports this file lazily. */
import { awaitOutcome } from './close-event';
import { cancelTransfer, commandTransfer } from './commands';
import type { ClientContext } from './context';
import { conversationIsOpen } from './conversation';
import { readCounts } from './counts';
import { startFetch } from './fetch';
import { readHealth } from './health';
import { digestSource, inspectSource } from './inspect-source';
import { createJobClient } from './jobs';
import { changeLimits, readLimits } from './limits';
import { listTransfers } from './list';
import type { FerryClientOptions } from './options';
import { findTransfer, resolveTransferId } from './resolve-id';
import { readSealKeyUse } from './seal-keys';
import { takeSnapshot } from './snapshot';
import { schedulesOver } from './schedules';
import { startTransfer } from './start';
import { createViewReader, statusOf } from './status';
import type { Schedules } from './schedule-types';
import { connectTemporal, temporalOver, type AnyLink, type Temporal, type TemporalOptions } from './temporal';
import type { FerryClient } from './types';
import { watchTransfer } from './watch';
import { watchWorkers } from './workers';

/** The schedules of a Temporal that a worker is connected to already. */
export function schedulesOn(
  link: AnyLink,
  { address, ...options }: Omit<TemporalOptions, 'connection'> & Pick<Temporal, 'address'>,
): Schedules {
  return schedulesOver(temporalOver(link, address, options));
}

export async function connect(options: FerryClientOptions): Promise<FerryClient> {
  const server = await connectTemporal(options);
  const context: ClientContext = {
    server,
    hostId: options.hostId,
    workers: watchWorkers(server),
    inspect: options.inspect ?? inspectSource,
    digest: digestSource,
    watchers: { count: 0 },
  };
  return {
    start: (request) => startTransfer(context, request),
    fetch: (request) => startFetch(context, request),
    resolveId: (prefix) => resolveTransferId(context, prefix),
    find: async (prefix) => statusOf(context, await findTransfer(context, prefix), createViewReader(context)),
    status: async (transferId) => statusOf(context, await takeSnapshot(server, transferId), createViewReader(context)),
    list: (filter) => listTransfers(context, filter),
    watch: (transferId, watchOptions) => watchTransfer(context, transferId, watchOptions),
    result: (transferId, signal) => awaitOutcome(server, transferId, signal),
    cancel: (transferId, asked) => cancelTransfer(context, transferId, asked),
    pause: (transferId, asked) => commandTransfer(context, transferId, 'pause', asked),
    resume: (transferId, asked) => commandTransfer(context, transferId, 'resume', asked),
    retry: (transferId, options) => commandTransfer(context, transferId, 'retry', options),
    jobs: createJobClient(context),
    schedules: schedulesOver(server),
    conversationIsOpen: (of) => conversationIsOpen(context, of),
    hasWorker: (host) => context.workers.serves(host),
    limits: (account) => readLimits(context, account),
    changeLimits: (account, request) => changeLimits(context, account, request),
    health: () => readHealth(context),
    counts: () => readCounts(context),
    sealKeyUse: () => readSealKeyUse(context),
    close: () => server.close(),
  };
}
