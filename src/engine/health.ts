import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { CLEAR_NAMESPACE, EMBEDDED_NAMESPACE, RETENTION_DAYS, WORKFLOW } from '../contract';
import { LOOPBACK } from '../lib/loopback';
import { accepts } from './ports';

export interface Prepared {
  /** Transfers under way that an earlier version of Ferry left in clear, in a namespace that this one does not serve. */
  readonly leftInClear: number;
}

/**
 * Waits until the server answers by gRPC and has the namespace of Ferry, then sets the retention of the namespace (a
 * new namespace has one day). Throws when `signal` aborts or `timeoutMs` is over.
 */
export async function prepareServer(port: number, timeoutMs: number, signal: AbortSignal): Promise<Prepared> {
  const until = performance.now() + timeoutMs;
  // Loaded while the server starts: loading the library takes as long as the start of the server.
  const library = import('@temporalio/client');
  library.catch(() => undefined);
  // gRPC pauses for a second after a refused connection: look with a plain socket until the port is open.
  while (!(await accepts(port))) {
    checkTime(until, port);
    await sleep(20, undefined, { signal });
  }
  const client = await library;
  for (;;) {
    signal.throwIfAborted();
    try {
      const connection = await client.Connection.connect({
        address: `${LOOPBACK}:${port}`,
        connectTimeout: 2_000,
        // gRPC would take even loopback through http_proxy of the environment.
        channelArgs: { 'grpc.enable_http_proxy': 0 },
      });
      try {
        await setRetention(connection);
        return { leftInClear: await countInClear(connection) };
      } finally {
        await connection.close();
      }
    } catch (error) {
      checkTime(until, port, error);
      await sleep(50, undefined, { signal });
    }
  }
}

async function setRetention(connection: Connection): Promise<void> {
  const { msToTs } = await import('@temporalio/common');
  const seconds = RETENTION_DAYS * 24 * 60 * 60;
  const namespace = EMBEDDED_NAMESPACE;
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === seconds) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(seconds * 1_000) },
  });
}

async function countInClear(connection: Connection): Promise<number> {
  const types = `'${WORKFLOW.transfer}', '${WORKFLOW.fetch}'`;
  const query = `ExecutionStatus = 'Running' AND WorkflowType IN (${types})`;
  try {
    const { count } = await connection.workflowService.countWorkflowExecutions({ namespace: CLEAR_NAMESPACE, query });
    return Number(count);
  } catch {
    // There is no such namespace: no earlier version ran on this database.
    return 0;
  }
}

function checkTime(until: number, port: number, cause?: unknown): void {
  if (performance.now() >= until) throw new Error(`The Temporal server on port ${port} does not answer.`, { cause });
}
