import type {
  FetchResult,
  Identity,
  Inspection,
  OpenedAt,
  PublishResult,
  Receipt,
  TransferInput,
  UploadResult,
} from '../contract';
import type { FailureFacts } from './failures';
import type { Steering } from './steering';
import type { ViewKeeper } from './view';

/** What rounds that came to nothing had done: it belongs into the receipt too. */
export interface Lost {
  renewals: number;
  bytes: number;
  /** Where the last of them was moving bytes; null when none was. */
  relativePath: string | null;
}

/** What a transfer has reached; whoever runs it decides from this how it closes. */
export interface Progress {
  file: Inspection | null;
  /** The host on which the file was looked at last. */
  fileHost: string | null;
  opened: OpenedAt | null;
  upload: UploadResult | null;
  /** File sharing was found to be off after it had been looked at: look again before the next try. */
  sharingDoubted: boolean;
  /** Set before the first publish is scheduled: from then on a message may exist. */
  publishTried: boolean;
  published: PublishResult | null;
  /** What a fetch that has begun writes to; null when none has, or nothing is kept. */
  fetchingTo: string | null;
  fetched: FetchResult | null;
  readonly lostUploads: Lost;
  readonly lostFetches: Lost;
}

export function newProgress(): Progress {
  return {
    file: null,
    fileHost: null,
    opened: null,
    upload: null,
    sharingDoubted: false,
    publishTried: false,
    published: null,
    fetchingTo: null,
    fetched: null,
    lostUploads: nothingLost(),
    lostFetches: nothingLost(),
  };
}

export function nothingLost(): Lost {
  return { renewals: 0, bytes: 0, relativePath: null };
}

/** Counts a round of request and use that came to nothing; a refused link is itself a renewal. */
export function count(lost: Lost, { urlRenewals, bytesMoved, relativePath }: FailureFacts, refused: boolean): void {
  lost.renewals += (refused ? 1 : 0) + (urlRenewals ?? 0);
  lost.bytes += bytesMoved ?? 0;
  lost.relativePath = relativePath ?? lost.relativePath;
}

/** What the steps of one transfer share. */
export interface Course {
  readonly input: TransferInput;
  readonly progress: Progress;
  readonly view: ViewKeeper;
  readonly steering: Steering;
}

export function ownerOf({ account, consumer, transferId }: TransferInput): Identity & { readonly transferId: string } {
  return { account, consumer, transferId };
}

/** The receipt of a published file; null before. */
export function receiptOf({ input, progress, view, steering }: Course): Receipt | null {
  const { file, upload, published, fetched, lostUploads, lostFetches } = progress;
  if (file === null || upload === null || published === null) return null;
  return {
    transferId: input.transferId,
    source: file.source,
    host: steering.host,
    account: input.account,
    consumer: input.consumer,
    conversationId: published.conversationId,
    dialogId: published.dialogId,
    relativePath: upload.relativePath,
    sequence: published.sequence,
    caption: input.caption,
    fileType: file.fileType,
    sizeBytes: file.sizeBytes,
    md5: upload.md5,
    sha256: upload.sha256 ?? fetched?.sha256 ?? null,
    fetchedTo: fetched?.fetchedTo ?? null,
    urlRenewals: lostUploads.renewals + upload.urlRenewals + lostFetches.renewals + (fetched?.urlRenewals ?? 0),
    bytesSent: lostUploads.bytes + upload.bytesSent,
    bytesFetched: lostFetches.bytes + (fetched?.bytesFetched ?? 0),
    repeated: false,
    startedAt: view.now.startedAt,
    finishedAt: new Date().toISOString(),
  };
}
