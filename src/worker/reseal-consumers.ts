import type { Client } from '@temporalio/client';
import type { ActivityLog } from '../activities';
import { addressed, CONSUMER_UPDATE, type ResealAnswer, type ResealRequest, WORKFLOW } from '../contract';
import { pause } from '../lib/pause';

/**
 * A consumer whose token could not be sealed anew (Temporal away, a worker still to be restarted) is tried again after.
 */
const NEXT_ROUND_MS = 60_000;

/** For an answer of one consumer workflow: longer than its slowest activity, behind which the request may wait. */
const ANSWER_WITHIN_MS = 100_000;

interface Options {
  readonly client: Client;
  /** Id of the key that seals. */
  readonly sealKey: string;
  readonly log: ActivityLog & { info(message: string, facts: Readonly<Record<string, unknown>>): void };
  /** Fired when the worker ends. */
  readonly signal: AbortSignal;
}

/**
 * Seals every consumer's token with the newest key. A consumer workflow never ends, so its token would need the old key
 * forever. Runs in the background, one consumer after the other, until all have succeeded. Never throws.
 */
export async function resealConsumers({ client, sealKey, log, signal }: Options): Promise<void> {
  let done = 0;
  while (!signal.aborted) {
    const { resealed, failed } = await resealAll(client, sealKey, signal);
    done = Math.max(done, resealed);
    if (signal.aborted) return;
    if (failed === null) {
      log.info('The tokens of all consumers are sealed with the newest key', { sealKey, consumers: done });
      return;
    }
    log.warn('Some tokens could not be sealed with the newest key yet; it is tried again', { sealKey, ...failed });
    await pause(NEXT_ROUND_MS, signal);
  }
}

interface Round {
  readonly resealed: number;
  readonly failed: { readonly consumers: number; readonly reason: string } | null;
}

async function resealAll(client: Client, sealKey: string, signal: AbortSignal): Promise<Round> {
  let resealed = 0;
  let failures = 0;
  let reason = '';
  const fail = (error: unknown): void => {
    failures += 1;
    reason = (error as Error).message;
  };
  try {
    const query = `WorkflowType = '${WORKFLOW.consumer}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId } of client.workflow.list({ query })) {
      if (signal.aborted) break;
      await reseal(client, workflowId, sealKey).then(() => (resealed += 1), fail);
    }
  } catch (error) {
    fail(error);
  }
  return { resealed, failed: failures === 0 ? null : { consumers: failures, reason } };
}

async function reseal(client: Client, workflowId: string, sealKey: string): Promise<void> {
  const request = addressed<ResealRequest>(CONSUMER_UPDATE.reseal, { sealKey });
  const { resealed } = await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
    client.workflow.getHandle(workflowId).executeUpdate<ResealAnswer, [object]>(CONSUMER_UPDATE.reseal, {
      args: [request],
    }),
  );
  if (!resealed) throw new Error('a worker that was not restarted yet has sealed it with another key');
}
