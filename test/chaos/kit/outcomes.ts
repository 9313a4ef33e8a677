import { Client, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { isErrorCode, type ErrorCode } from '../../../src/errors';
import type { Receipt, TransferResult } from '../../../src/workflows/contract';
import type { Sent } from './senders';

/** How one transfer stands when the time is up. */
export interface Outcome {
  readonly sent: Sent;
  readonly state: 'done' | 'failed' | 'stuck' | 'lost';
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly receipt: Receipt | null;
}

/** Waits for all together, no longer than until `endsAt` (monotonic milliseconds). */
export async function readOutcomes(client: Client, all: readonly Sent[], endsAt: number): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  // One after the other costs nothing: the slowest decides.
  for (const sent of all) outcomes.push(await readOutcome(client, sent, endsAt));
  return outcomes;
}

async function readOutcome(client: Client, sent: Sent, endsAt: number): Promise<Outcome> {
  const none = { sent, code: null, receipt: null } as const;
  if (sent.transferId === '') return { ...none, state: 'lost', message: 'no transfer was ever started for this file' };
  const handle = client.workflow.getHandle(sent.transferId);
  const leftMs = Math.max(1000, endsAt - performance.now());
  try {
    const result = await client.withDeadline(Date.now() + leftMs, () => handle.result() as Promise<TransferResult>);
    const { state, receipt, error } = result;
    if (state === 'done') return { ...none, state, receipt, message: '' };
    return { sent, state: 'failed', receipt, code: error?.code ?? null, message: error?.message ?? state };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) {
      return { ...none, state: 'stuck', message: await whereItStands(client, sent.transferId, error) };
    }
    const { cause } = error;
    const code = cause instanceof ApplicationFailure && isErrorCode(cause.type) ? cause.type : null;
    return { ...none, state: 'failed', code, message: cause?.message ?? error.message };
  }
}

async function whereItStands(client: Client, transferId: string, error: unknown): Promise<string> {
  try {
    const { raw, status } = await client.workflow.getHandle(transferId).describe();
    const pending = (raw.pendingActivities ?? []).map(
      ({ activityType, attempt, lastFailure }) =>
        `${activityType?.name} attempt ${attempt}: ${lastFailure?.message ?? 'no failure'}`,
    );
    return `${status.name}, ${pending.join('; ') || 'no activity pending'}`;
  } catch {
    return (error as Error).message;
  }
}
