/** The worker's part of notices: selects the receivers of each notice, and delivers the messages. */
import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { ActivityDeps, ActivityLog } from '../activities';
import { destinationOf } from '../config';
import type { FerryConfig, NotifyConfig } from '../config/types';
import {
  addressed,
  NOTICES_SIGNAL,
  noticesWorkflowId,
  SHARED_QUEUE,
  WORKFLOW,
  type DeliverNoticeInput,
  type DeliverNoticeResult,
  type Notice,
  type NoticesInput,
  type TellInput,
} from '../contract';
import type { Env } from '../lib/env';
import { groupRuns } from '../lib/shared-call';
import { deliver } from '../notify';

/** The most notices in one signal, which stays far below the limit of a payload. */
const MOST_IN_A_SIGNAL = 500;

export interface NoticesOptions {
  readonly client: () => Client;
  readonly config: FerryConfig;
  readonly env: Env;
  readonly log: ActivityLog;
}

export function createNotices(options: NoticesOptions): ActivityDeps['notices'] {
  const receivers = options.config.notify.map((notify) => ({ notify, signal: signaller(options.client, notify.name) }));
  return {
    async tell(notices) {
      const sends = receivers.map(async ({ notify, signal }) => {
        const wanted = notices.filter((notice) => wants(notify, notice));
        if (wanted.length > 0) await signal(wanted);
      });
      await Promise.all(sends);
    },
    deliver: (input, signal) => deliverTo(options, input, signal),
  };
}

function wants({ on, accounts }: NotifyConfig, { reason, account }: Notice): boolean {
  return on.includes(reason) && (accounts === null || accounts.includes(account));
}

/** Notices that arrive during a signal share the next signal, because many transfers may park at once. */
function signaller(client: () => Client, destination: string): (notices: readonly Notice[]) => Promise<void> {
  let waiting: Notice[] = [];
  const send = groupRuns(async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST_IN_A_SIGNAL);
      await signalEntity(client(), destination, { notices: batch });
      waiting = waiting.slice(batch.length);
    }
  });
  return async (notices) => {
    waiting.push(...notices);
    await send();
  };
}

async function signalEntity(client: Client, destination: string, input: TellInput): Promise<void> {
  const start: NoticesInput = { destination };
  await client.workflow.signalWithStart(WORKFLOW.notices, {
    workflowId: noticesWorkflowId(destination),
    taskQueue: SHARED_QUEUE,
    args: [addressed(WORKFLOW.notices, start)],
    signal: NOTICES_SIGNAL,
    signalArgs: [addressed(NOTICES_SIGNAL, input)],
  });
}

async function deliverTo(
  { config, env, log }: NoticesOptions,
  { destination: name, messageId, group, stopped }: DeliverNoticeInput,
  signal: AbortSignal,
): Promise<DeliverNoticeResult> {
  const notify = config.notify.find((one) => one.name === name);
  if (notify === undefined) return { outcome: 'dropped', stopped: null };
  const destination = destinationOf(notify, env);
  const fingerprint = createHash('sha256').update(destination.url).digest('hex').slice(0, 12);
  if (stopped?.fingerprint === fingerprint) return { outcome: 'stopped', stopped };
  const { outcome } = await deliver(destination, { id: messageId, group }, signal);
  if (outcome === 'delivered') return { outcome, stopped: null };
  log.warn('A receiver of notices answered 410: nothing more is sent to its URL', { notify: name });
  return { outcome: 'stopped', stopped: { fingerprint, at: new Date().toISOString() } };
}
