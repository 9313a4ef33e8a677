/** What a publish gets and answers, and what is known of a message when an attempt fails. */
import type { Inspection, OpenedAt } from './steps';
import type { Identity, Receipt, SendChoices } from './transfer';

export interface PublishInput extends Identity, SendChoices {
  readonly transferId: string;
  readonly opened: OpenedAt;
  readonly file: Inspection;
  readonly relativePath: string;
  /** False only when no earlier publish of this relativePath into this conversation was ever scheduled. */
  readonly lookFirst: boolean;
  /** Only look whether the message is there; never send. */
  readonly lookOnly: boolean;
  /** Unix milliseconds before which a look that finds nothing proves nothing; null: it does at once. */
  readonly settledAt: number | null;
  /** True: nothing is known of the last attempt, and `settledAt` is the latest that it can be. */
  readonly isSettledAtGuessed?: boolean;
  /** `settledAt` in milliseconds from the scheduling, which depends on no clock. Absent from 0.2.0-rc.1. */
  readonly settlesInMs?: number | null;
  /** The fields of the receipt besides the message. */
  readonly receipt: ReceiptDraft;
  /** As in {@link TransferInput}: under it the receipt is found again. */
  readonly sendKey?: string | null;
}

/** A receipt without the fields that only the publish knows. */
export type ReceiptDraft = Omit<Receipt, 'conversationId' | 'dialogId' | 'sequence' | 'finishedAt'>;

export interface PublishResult {
  readonly sequence: number;
  readonly conversationId: string;
  readonly dialogId: string;
  /** ISO 8601, by the clock of the host that published or found the message. */
  readonly publishedAt: string;
  /** False when the receipt could not be kept in time; then the workflow has it kept before the transfer closes. */
  readonly receiptKept: boolean;
  /** Set when an earlier run of the transfer published the file under another path: the receipt of that message. */
  readonly earlier?: Receipt;
}

/**
 * What is known of the frames of a publish: heartbeat details, and the first detail of its failures.
 * - `none`: no frame has left
 * - `refused`: the service answered the last frame with a refusal, and no earlier frame had an effect
 * - `unknown`: a message may exist
 */
export type PublishEffect = 'none' | 'refused' | 'unknown';

export interface PublishFacts extends Unsettled {
  readonly effect: PublishEffect;
  /** How many looks in a row were refused. */
  readonly refusedLooks: number;
}

/** Heartbeat details of `publishPage`, and the first detail of its failures: those of all its frames together. */
export interface PublishPageFacts extends PublishFacts {
  /** Lines of which a message may exist although no receipt says so. */
  readonly lines: readonly number[];
}

/** Of an attempt that may have asked the service for something and got no answer. */
export interface Unsettled {
  /** Unix milliseconds until which the service may still carry the request out; null: it will not. */
  readonly unsettledUntil: number | null;
  /** The same, in milliseconds from this report: clocks of two hosts may differ by minutes. Absent in 0.2.0-rc.1. */
  readonly settlesInMs?: number;
  /** The same time on the steady clock of the host; absent where the system has none. */
  readonly steadyUntil?: { readonly world: string; readonly ms: number };
}

/**
 * A service may carry out a request that it did not answer for this long. "It did not happen" is not believed sooner.
 */
export const SETTLE_MS = 60_000;
