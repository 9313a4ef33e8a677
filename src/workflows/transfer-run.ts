import type {
  FetchResult,
  Identity,
  PublishEffect,
  PublishInput,
  PublishResult,
  Receipt,
  TransferInput,
} from '../contract';
import { noLosses, type Losses } from './losses';
import type { SourceFile } from './source-file';
import type { Steering } from './steering';
import type { ViewKeeper } from './view';

/** When a look that finds nothing may be believed. */
export type Settling = Pick<PublishInput, 'settledAt' | 'isSettledAtGuessed'>;

export const SETTLED: Settling = { settledAt: null };

/** What a publish needs, apart from how to look for an earlier one. */
export type PublishRequest = Omit<PublishInput, 'lookFirst' | 'lookOnly' | keyof Settling>;

export interface Published {
  readonly request: PublishRequest;
  readonly message: PublishResult;
}

/**
 * How far a transfer has got in the one thing that counts when it closes: whether a message may exist.
 * - `unpublished`: no publish was scheduled
 * - `publishing`: a publish was scheduled; `effect` says what is known of it
 * - `published`: the message exists
 */
type PublishState =
  | { readonly phase: 'unpublished' }
  | {
      readonly phase: 'publishing';
      readonly request: PublishRequest;
      readonly effect: PublishEffect;
      readonly settling: Settling;
    }
  | { readonly phase: 'published'; readonly published: Published };

/** What the steps of one transfer share. */
export interface TransferRun {
  readonly input: TransferInput;
  readonly view: ViewKeeper;
  readonly steering: Steering;
  readonly source: SourceFile;
  /** File sharing was found to be off after it had been checked: check again before the next try. */
  sharingDoubted: boolean;
  publishState: PublishState;
  /** Target of a fetch that has begun and not finished; null when there is none, or nothing is kept. */
  unfinishedTarget: string | null;
  readonly uploadLosses: Losses;
  readonly fetchLosses: Losses;
}

export function newRun(parts: Pick<TransferRun, 'input' | 'view' | 'steering' | 'source'>): TransferRun {
  return {
    ...parts,
    sharingDoubted: false,
    publishState: { phase: 'unpublished' },
    unfinishedTarget: null,
    uploadLosses: noLosses(),
    fetchLosses: noLosses(),
  };
}

export function ownerOf({ account, consumer, transferId }: TransferInput): Identity & { readonly transferId: string } {
  return { account, consumer, transferId };
}

/** The receipt of a published file. */
export function receiptOf({ request, message }: Published): Receipt {
  const { conversationId, dialogId, sequence, publishedAt, earlier } = message;
  if (earlier !== undefined) return earlier;
  return { ...request.receipt, conversationId, dialogId, sequence, finishedAt: publishedAt };
}

/** The receipt of a published file that was fetched back. */
export function receiptWithFetch(run: TransferRun, receipt: Receipt, fetched: FetchResult): Receipt {
  const { steering, fetchLosses } = run;
  return {
    ...receipt,
    host: steering.host,
    sha256: receipt.sha256 ?? fetched.sha256,
    fetchedTo: fetched.fetchedTo,
    urlRenewals: receipt.urlRenewals + fetchLosses.renewals + fetched.urlRenewals,
    bytesFetched: fetchLosses.bytes + fetched.bytesFetched,
    finishedAt: new Date().toISOString(),
  };
}
