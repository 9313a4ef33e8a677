import type { FetchResult, Identity, PublishInput, PublishResult, Receipt, TransferInput } from '../contract';
import { noLosses, type Losses } from './losses';
import type { SourceFile } from './source-file';
import type { Steering } from './steering';
import type { ViewKeeper } from './view';

/** What a publish needs besides the flags for looking. */
export type Publishable = Omit<PublishInput, 'lookFirst' | 'lookOnly'>;

/**
 * How far a transfer has got in the one thing that counts when it closes: whether a message may exist.
 * - `unpublished`: no message exists, surely
 * - `publishing`: a publish was scheduled; whether its message exists is not known
 * - `abandoned`: a publish was refused because its conversation had closed, and no other conversation is open yet
 * - `published`: the message exists
 */
export type PublishState =
  | { readonly phase: 'unpublished' }
  | { readonly phase: 'publishing'; readonly request: Publishable; readonly sent: SentFacts }
  | { readonly phase: 'abandoned' }
  | {
      readonly phase: 'published';
      readonly message: PublishResult;
      readonly request: Publishable;
      readonly sent: SentFacts;
    };

/** What the upload adds to a receipt. */
export interface SentFacts {
  readonly md5: string;
  readonly sha256: string | null;
  readonly urlRenewals: number;
  readonly bytesSent: number;
}

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

/** The receipt of a published file; null before it is published. */
export function receiptOf(run: TransferRun, fetched: FetchResult | null): Receipt | null {
  const { input, publishState, view, steering, uploadLosses, fetchLosses } = run;
  if (publishState.phase !== 'published') return null;
  const { message, request, sent } = publishState;
  const { file, relativePath } = request;
  return {
    transferId: input.transferId,
    source: file.source,
    host: steering.host,
    account: input.account,
    consumer: input.consumer,
    conversationId: message.conversationId,
    dialogId: message.dialogId,
    relativePath,
    sequence: message.sequence,
    caption: input.caption,
    fileType: file.fileType,
    sizeBytes: file.sizeBytes,
    md5: sent.md5,
    sha256: sent.sha256 ?? fetched?.sha256 ?? null,
    fetchedTo: fetched?.fetchedTo ?? null,
    urlRenewals: uploadLosses.renewals + sent.urlRenewals + fetchLosses.renewals + (fetched?.urlRenewals ?? 0),
    bytesSent: uploadLosses.bytes + sent.bytesSent,
    bytesFetched: fetchLosses.bytes + (fetched?.bytesFetched ?? 0),
    repeated: false,
    startedAt: view.now.startedAt,
    finishedAt: new Date().toISOString(),
  };
}
