/** Reads how a transfer ended from the last event of its history. This needs no worker. */
import { temporal } from '@temporalio/proto';
import { isEnd, type TransferResult } from '../contract';
import { defined } from '../lib/defined';
import { pause } from '../lib/pause';
import { failureOf, transferError } from './failure-words';
import { isPassing, toClientError } from './failures';
import type { Owner, Temporal } from './temporal';
import type { TransferOutcome } from './types';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

const CLOSE_EVENT = temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;

/** Pause between attempts while the server is away. */
const AWAY_PAUSE_MS = 1000;

/** How a closed transfer ended; null while the transfer runs. */
export async function readOutcome(
  server: Temporal,
  transferId: string,
  runId?: string,
): Promise<TransferOutcome | null> {
  const event = await readCloseEvent(server, transferId, { runId, wait: false });
  return event === null ? null : outcomeOf(event, readerOf(server, transferId));
}

/** Waits for the end, also during outages of the server. Rejects with the reason of the signal when the signal fires. */
export async function awaitOutcome(
  server: Temporal,
  transferId: string,
  signal?: AbortSignal,
): Promise<TransferOutcome> {
  for (;;) {
    try {
      const event = await readCloseEvent(server, transferId, { wait: true, signal });
      if (event !== null) return outcomeOf(event, readerOf(server, transferId));
    } catch (error) {
      signal?.throwIfAborted();
      const mapped = toClientError(error, { ...server, transferId });
      if (!isPassing(mapped)) throw mapped;
      await pause(AWAY_PAUSE_MS, signal);
      signal?.throwIfAborted();
    }
  }
}

/** What a completed workflow returned; undefined while it runs, and when it ended in another way. */
export async function readResult(server: Temporal, workflowId: string): Promise<unknown> {
  const event = await readCloseEvent(server, workflowId, { wait: false });
  const completed = event?.workflowExecutionCompletedEventAttributes;
  return server.read(completed?.result?.payloads?.[0], { workflowId });
}

interface ReadOptions {
  readonly wait: boolean;
  readonly runId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export async function readCloseEvent(
  server: Temporal,
  transferId: string,
  options: ReadOptions,
): Promise<HistoryEvent | null> {
  const { wait, signal } = options;
  let { runId } = options;
  for (;;) {
    const request = {
      namespace: server.namespace,
      execution: { workflowId: transferId, ...defined({ runId }) },
      waitNewEvent: wait,
      skipArchival: true,
      historyEventFilterType: CLOSE_EVENT,
    };
    const read = () => server.service.getWorkflowExecutionHistory(request);
    const answer = await (wait
      ? server.longPoll(read, { transferId, signal })
      : server.call(read, { transferId, signal }));
    const event = answer.history?.events?.at(-1);
    if (event === undefined) return null;
    const next = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (next === undefined || next === null || next === '') return isClose(event) ? event : null;
    runId = next;
  }
}

/** A call that does not wait returns the newest event of a running execution, which need not be a close event. */
function isClose(event: HistoryEvent): boolean {
  return [
    event.workflowExecutionCompletedEventAttributes,
    event.workflowExecutionFailedEventAttributes,
    event.workflowExecutionCanceledEventAttributes,
    event.workflowExecutionTerminatedEventAttributes,
    event.workflowExecutionTimedOutEventAttributes,
  ].some((attributes) => attributes !== null && attributes !== undefined);
}

type Reader = Pick<Temporal, 'read' | 'readFailure'> & { readonly owner: Owner };

function readerOf({ read, readFailure }: Temporal, transferId: string): Reader {
  return { read, readFailure, owner: { workflowId: transferId } };
}

function outcomeOf(event: HistoryEvent, { read, readFailure, owner }: Reader): TransferOutcome {
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed) return outcomeOfResult(read(completed.result?.payloads?.[0], owner));
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed) {
    const error =
      failureOf(readFailure(failed.failure, owner)) ??
      transferError('INTERNAL', 'The transfer failed without a reason.');
    return { state: error.code === 'CANCELLED' ? 'cancelled' : 'failed', receipt: null, error };
  }
  if (event.workflowExecutionCanceledEventAttributes) {
    return { state: 'cancelled', receipt: null, error: transferError('CANCELLED', 'The transfer was cancelled.') };
  }
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated) {
    const reason = terminated.reason ? `: ${terminated.reason}` : '';
    const message = `The transfer was terminated in Temporal${reason}. Whether its message was sent is not known.`;
    return { state: 'failed', receipt: null, error: transferError('CANCELLED', message) };
  }
  return {
    state: 'failed',
    receipt: null,
    error: transferError('DEADLINE_PASSED', "The transfer's time in Temporal ran out."),
  };
}

function outcomeOfResult(value: unknown): TransferOutcome {
  const result = (typeof value === 'object' && value !== null ? value : {}) as Partial<TransferResult>;
  const { state, receipt = null, error = null } = result;
  if (isEnd(state)) return { state, receipt, error };
  return {
    state: 'failed',
    receipt: null,
    error: transferError('INTERNAL', 'The transfer ended with a result that this version of Ferry cannot read.'),
  };
}
