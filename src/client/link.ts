import { isDeepStrictEqual } from 'node:util';
import type { Connection, ConnectionOptions } from '@temporalio/client';
import { createReplaced } from '../lib/close-later';
import { watchChanges } from '../lib/watch-changes';

/**
 * The connection of a client to Temporal. A new connection replaces it while calls still run over the former
 * connection.
 */
export interface Link {
  connection(): Connection;
  replace(next: Connection): void;
  close(): Promise<void>;
  /** Fired by `close`. */
  readonly closed: AbortSignal;
}

export function createLink(first: Connection): Link {
  const replaced = createReplaced();
  const closing = new AbortController();
  let connection = first;
  return {
    connection: () => connection,
    replace(next) {
      const old = connection;
      replaced.add(() => old.close());
      connection = next;
    },
    async close() {
      closing.abort();
      await replaced.closeAll();
      await connection.close();
    },
    closed: closing.signal,
  };
}

interface Settings {
  readonly connection: ConnectionOptions;
  readonly namespace: string;
  readonly readConnection?: () => Promise<ConnectionOptions>;
}

/** Time for the server to answer over a new connection. */
const ANSWER_WITHIN_MS = 4000;

/**
 * Reconnects when a certificate, a key or a header has changed. Keeps the former connection when the server refuses the
 * new settings.
 */
export function followSettings(
  link: Link,
  { connection, namespace, readConnection }: Settings,
  open: (settings: ConnectionOptions) => Connection,
): void {
  if (readConnection === undefined) return;
  let inUse = connection;
  void watchChanges({
    read: readConnection,
    isInUse: (found) => isDeepStrictEqual(found, inUse),
    async use(found) {
      const next = open(found);
      try {
        const ask = (): Promise<unknown> => next.workflowService.describeNamespace({ namespace });
        await next.withDeadline(Date.now() + ANSWER_WITHIN_MS, ask);
        link.closed.throwIfAborted();
      } catch (error) {
        await next.close();
        throw error;
      }
      link.replace(next);
      inUse = found;
    },
    // A worker logs settings that cannot be used. A client has no log.
    onFault: () => undefined,
    signal: link.closed,
  });
}
