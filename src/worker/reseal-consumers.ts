import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { PayloadKeys } from '../codec';
import { addressed, CONSUMER_UPDATE, type ResealAnswer, type ResealRequest, WORKFLOW } from '../contract';
import { pause } from '../lib/pause';
import type { SealKey } from '../secrets';

/**
 * A consumer whose token could not be sealed anew (Temporal is away, another worker has not read its keys again) is
 * tried again after the first pause, which doubles up to the longest.
 */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Time limit for the answer of one consumer workflow. It exceeds the workflow's slowest activity, for which the request
 * may have to wait.
 */
const ANSWER_WITHIN_MS = 100_000;

interface Options {
  readonly client: () => Client;
  readonly log: Logger;
  /** Null: payloads are in clear. */
  readonly payloadKeys: PayloadKeys | null;
  /** Fired when the worker ends. */
  readonly signal: AbortSignal;
}

/**
 * Returns a function to call with the seal keys at the start of a worker and after each change. The function does not
 * throw.
 */
export function resealing({ client, log, payloadKeys, signal }: Options): (keys: readonly SealKey[]) => void {
  let before = new AbortController();
  return ([first, ...older]) => {
    before.abort();
    before = new AbortController();
    const hasOlder = older.length > 0 || (payloadKeys ?? []).length > 1;
    if (first === undefined || !hasOlder) return;
    void resealConsumers({ client, sealKey: first.id, log, signal: AbortSignal.any([signal, before.signal]) });
  };
}

interface Work extends Pick<Options, 'client' | 'log'> {
  /** Id of the key that seals. */
  readonly sealKey: string;
  /** Fired when the worker ends, and when its keys have changed again. */
  readonly signal: AbortSignal;
}

/**
 * Seals every consumer's token with the newest key. A consumer workflow never ends, so its token would need the old key
 * forever. Runs in the background, one consumer after the other, until all have succeeded. Never throws.
 */
async function resealConsumers({ client, sealKey, log, signal }: Work): Promise<void> {
  let done = 0;
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const { resealed, failed } = await resealAll(client(), sealKey, signal);
    done = Math.max(done, resealed);
    if (signal.aborted) return;
    if (failed === null) {
      log.info({ sealKey, consumers: done }, 'The tokens of all consumers are sealed with the newest key');
      return;
    }
    log.warn({ sealKey, ...failed }, 'Some tokens could not be sealed with the newest key yet; it is tried again');
    await pause(pauseMs, signal);
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
  if (!resealed) throw new Error('another worker still seals with another key');
}
