/** Step, state and progress of a transfer, for people. */
import type { Step } from './steps';
import type { TransferError } from './transfer';

/**
 * `waiting`: for something that heals by itself (an outage, a host, a slot). `paused`: a person stopped it. `parked`:
 * stopped until a person acts. The last three are ends.
 */
export type TransferState = 'running' | 'waiting' | 'paused' | 'parked' | 'done' | 'failed' | 'cancelled';

/** The states that are ends. */
export type End = Extract<TransferState, 'done' | 'failed' | 'cancelled'>;

export function isEnd(state: string | undefined): state is End {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}

/** The exact state as the workflow knows it; attempts and bytes come from the server's pending activities. */
export interface WorkflowView {
  readonly transferId: string;
  readonly state: TransferState;
  readonly step: Step;
  readonly account: string;
  readonly consumer: string;
  readonly host: string;
  readonly source: string;
  readonly sizeBytes: number | null;
  readonly conversationId: string | null;
  readonly sequence: number | null;
  readonly published: boolean;
  readonly urlRenewals: number;
  readonly startedAt: string;
  /** When a durable timer of the workflow ends; null when none runs. */
  readonly nextTryAt: string | null;
  /** Why it waits, when the workflow itself waits. */
  readonly error: TransferError | null;
  /** The number of signals that did not come from Ferry; absent when there were none. */
  readonly droppedCommands?: number;
  /** The time of the last change of `state`. */
  readonly stateSince?: string;
  /** Notes that are not errors, e.g. "photo.jpg is a PNG; sent as PNG". */
  readonly notes: readonly string[];
}

/** Heartbeat details of upload and fetch, for people and for the next attempt. Never a secret. */
export interface ProgressDetails {
  readonly bytesDone: number;
  readonly sizeBytes: number;
  /** Renewals made inside this activity so far. */
  readonly urlRenewals: number;
  readonly relativePath: string | null;
  /** Bytes sent or fetched by all attempts of this activity so far. */
  readonly bytesMoved: number;
  /** Bytes of the running call, which are not in `bytesMoved` yet. */
  readonly bytesUnderWay: number;
  /** ISO 8601: start of the present series of failed attempts. */
  readonly failingSince?: string;
  /** Number of attempts in a row that moved their bytes without success. */
  readonly fruitless?: number;
  /** The most bytes in place at the end of one of these attempts. */
  readonly furthest?: number;
  /** Set while the activity waits, e.g. for a byte slot or a new URL. */
  readonly waitingFor: string | null;
}
