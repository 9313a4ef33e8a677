import type {
  FetchResult,
  Identity,
  PublishEffect,
  PublishInput,
  PublishResult,
  Receipt,
  TransferInput,
} from '../contract';
import { noFailedRounds, type FailedRounds } from './failed-rounds';
import type { Settling } from './settling';
import type { SourceFile } from './source-file';
import type { Steering } from './steering';
import type { ViewKeeper } from './view';

/** The input of a publish, without the fields for a look. */
export type PublishRequest = Omit<PublishInput, 'lookFirst' | 'lookOnly' | keyof Settling>;

export interface Published {
  readonly request: PublishRequest;
  readonly message: PublishResult;
}

/**
 * Whether a message may exist, which decides how a transfer closes:
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

/** The shared state of a transfer's steps. */
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
  readonly failedUploads: FailedRounds;
  readonly failedFetches: FailedRounds;
}

export function newRun(parts: Pick<TransferRun, 'input' | 'view' | 'steering' | 'source'>): TransferRun {
  return {
    ...parts,
    sharingDoubted: false,
    publishState: { phase: 'unpublished' },
    unfinishedTarget: null,
    failedUploads: noFailedRounds(),
    failedFetches: noFailedRounds(),
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
  const { steering, failedFetches } = run;
  return {
    ...receipt,
    host: steering.host,
    sha256: receipt.sha256 ?? fetched.sha256,
    fetchedTo: fetched.fetchedTo,
    urlRenewals: receipt.urlRenewals + failedFetches.renewals + fetched.urlRenewals,
    bytesFetched: failedFetches.bytes + fetched.bytesFetched,
    finishedAt: new Date().toISOString(),
  };
}
