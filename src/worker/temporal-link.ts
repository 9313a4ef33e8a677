import { isDeepStrictEqual } from 'node:util';
import { Client, type ClientOptions } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions, type Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createReplaced } from '../lib/close-later';
import { watchChanges } from '../lib/watch-changes';

/**
 * The connection of a worker process to Temporal. A new connection can replace it while tasks run, without an effect on
 * the tasks.
 */
export interface TemporalLink {
  connection(): NativeConnection;
  /** A client over the present connection. Get it again for each piece of work. */
  client(): Client;
  /** The worker gets each later connection as well. */
  add(worker: Worker): void;
  replace(next: NativeConnection): void;
  close(): Promise<void>;
}

export function createTemporalLink(
  first: NativeConnection,
  options: Pick<ClientOptions, 'namespace' | 'dataConverter'>,
): TemporalLink {
  const workers = new Set<Worker>();
  const replaced = createReplaced();
  let connection = first;
  let client = new Client({ ...options, connection });
  return {
    connection: () => connection,
    client: () => client,
    add(worker) {
      workers.add(worker);
      // A connection may have taken over while the worker was made.
      worker.connection = connection;
    },
    replace(next) {
      for (const worker of workers) {
        // A worker that is ending keeps its connection until it has ended.
        if (['INITIALIZED', 'RUNNING'].includes(worker.getState())) worker.connection = next;
      }
      const old = connection;
      replaced.add(() => old.close());
      connection = next;
      client = new Client({ ...options, connection });
    },
    async close() {
      await replaced.closeAll();
      await connection.close();
    },
  };
}

export interface FollowOptions {
  /** The settings that are in use. */
  readonly connect: NativeConnectionOptions;
  /** Reads the settings again. Throws when they cannot be used. */
  readonly readConnection: () => Promise<NativeConnectionOptions>;
  readonly log: Logger;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** Reconnects when a certificate, a key or a header for Temporal has changed. */
export function followSettings(link: TemporalLink, { connect, readConnection, log, signal }: FollowOptions): void {
  let inUse = connect;
  void watchChanges({
    read: readConnection,
    isInUse: (found) => isDeepStrictEqual(found, inUse),
    async use(found) {
      const next = await NativeConnection.connect(found);
      if (signal.aborted) return await next.close();
      link.replace(next);
      inUse = found;
      log.info({ address: found.address }, 'The settings for Temporal have changed: a new connection is in use');
    },
    onFault(error) {
      log.warn({ err: error }, 'The changed settings for Temporal cannot be used; the former connection stays in use');
    },
    signal,
  });
}
