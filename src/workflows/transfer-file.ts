import type { ErrorCode } from '../errors/table';
import { activitiesOf, type TransferActivities } from './activity-options';
import type { OpenedAt } from './activity-contract';
import type { FetchResult, Inspection, PublishResult, Receipt, TransferInput, UploadResult } from './contract';
import { errorOf, isCancellation, wasNotPickedUp } from './failures';
import { withSignedUrl } from './signed-url-loop';
import type { ViewKeeper } from './view';

/** An implicit conversation may be closed by an agent between open and publish; more often than this is no accident. */
const MOST_REOPENINGS = 5;

/** The conversation cannot be used any more: closed, or it belonged to an identity that had to be replaced. */
const CONVERSATION_GONE: ReadonlySet<ErrorCode> = new Set([
  'CONVERSATION_CLOSED',
  'CONVERSATION_UNKNOWN',
  'NOT_PARTICIPANT',
]);

/** What a transfer has reached; whoever runs it decides from this how it closes. */
export interface Progress {
  file: Inspection | null;
  opened: OpenedAt | null;
  upload: UploadResult | null;
  /** Set before the first publish is scheduled: from then on a message may exist. */
  publishTried: boolean;
  published: PublishResult | null;
  fetched: FetchResult | null;
  /** Renewals and bytes of rounds that ended refused: they belong into the receipt too. */
  lostRenewals: number;
  lostBytesSent: number;
}

export function newProgress(): Progress {
  return {
    file: null,
    opened: null,
    upload: null,
    publishTried: false,
    published: null,
    fetched: null,
    lostRenewals: 0,
    lostBytesSent: 0,
  };
}

/**
 * Carries one file through its steps. One transfer workflow runs it once; it keeps no state of its own besides
 * `progress`, so that a workflow of many lanes can run it as well.
 */
export async function transferFile(
  input: TransferInput,
  progress: Progress,
  view: ViewKeeper,
  timeLeftMs: () => number,
): Promise<void> {
  const activities = activitiesOf(input.host, timeLeftMs);
  const file = await inspect(input, activities, view);
  progress.file = file;
  await enable(input, activities, view);
  progress.opened = await open(input, activities, view, []);
  progress.upload = await upload(input, file, activities, progress, view, timeLeftMs);
  progress.published = await publish(input, file, progress.upload, activities, progress, view);
  view.set({ published: true, sequence: progress.published.sequence });
  if (input.fetchTo !== null || input.verify) {
    progress.fetched = await fetchBack(input, file, progress.upload, activities, view, timeLeftMs);
  }
}

async function inspect(input: TransferInput, activities: TransferActivities, view: ViewKeeper): Promise<Inspection> {
  const { account, consumer, source, caption, fetchTo } = input;
  const file = await activities.host(`look at ${source.path}`).inspect({ account, consumer, source, caption, fetchTo });
  view.set({ step: 'enable', sizeBytes: file.sizeBytes, notes: [...view.now.notes, ...file.notes] });
  return file;
}

async function enable(input: TransferInput, activities: TransferActivities, view: ViewKeeper): Promise<void> {
  const { account, consumer } = input;
  const { skipped } = await activities.shared(`file sharing on for ${account}?`).enable({ account, consumer });
  view.set({ step: 'open', notes: skipped === null ? view.now.notes : [...view.now.notes, skipped] });
}

async function open(
  input: TransferInput,
  activities: TransferActivities,
  view: ViewKeeper,
  closed: readonly string[],
): Promise<OpenedAt> {
  const { account, consumer, transferId, conversationId } = input;
  const opened = await activities
    .shared(
      conversationId === null
        ? `find or create the conversation of ${consumer}`
        : `check conversation ${conversationId}`,
    )
    .open({ account, consumer, transferId, conversationId, closed });
  view.set({ conversationId: opened.conversationId });
  return opened;
}

async function upload(
  input: TransferInput,
  file: Inspection,
  activities: TransferActivities,
  progress: Progress,
  view: ViewKeeper,
  timeLeftMs: () => number,
): Promise<UploadResult> {
  const { account, consumer, transferId } = input;
  const { sizeBytes, fileType } = file;
  const result = await withSignedUrl(
    view,
    timeLeftMs,
    {
      request() {
        view.set({ step: 'request-upload-url' });
        return activities
          .shared('ask for an upload link')
          .requestUploadUrl({ account, consumer, transferId, sizeBytes, fileType });
      },
      use(url) {
        view.set({ step: 'upload' });
        return activities.io(`upload ${file.name}`).upload({ account, consumer, transferId, file, url });
      },
    },
    (facts) => {
      progress.lostRenewals += 1 + (facts.urlRenewals ?? 0);
      progress.lostBytesSent += facts.bytesMoved ?? 0;
      view.set({ urlRenewals: progress.lostRenewals });
    },
  );
  view.set({ urlRenewals: progress.lostRenewals + result.urlRenewals });
  return result;
}

async function publish(
  input: TransferInput,
  file: Inspection,
  { relativePath }: UploadResult,
  activities: TransferActivities,
  progress: Progress,
  view: ViewKeeper,
): Promise<PublishResult> {
  const { account, consumer, transferId, caption } = input;
  const closed: string[] = [];
  for (;;) {
    const opened = progress.opened!;
    const request = { account, consumer, transferId, opened, file, relativePath, caption, lookOnly: false };
    view.set({ step: 'publish' });
    progress.publishTried = true;
    try {
      return await publishOnce(request, activities);
    } catch (thrown) {
      // A conversation that the sender named is used or nothing; an implicit one that was closed meanwhile is replaced.
      if (isCancellation(thrown) || input.conversationId !== null || closed.length >= MOST_REOPENINGS) throw thrown;
      if (!CONVERSATION_GONE.has(errorOf(thrown).code)) throw thrown;
      closed.push(opened.conversationId);
      view.note(`Conversation ${opened.conversationId} was closed before the file was published; another one is used.`);
      progress.opened = await open(input, activities, view, closed);
    }
  }
}

async function publishOnce(
  request: Omit<Parameters<ReturnType<TransferActivities['shared']>['publish']>[0], 'lookFirst'>,
  activities: TransferActivities,
): Promise<PublishResult> {
  const summary = `publish ${request.file.name}`;
  try {
    return (await activities.publishOnHost(summary).publish({ ...request, lookFirst: false }))!;
  } catch (thrown) {
    if (!wasNotPickedUp(thrown)) throw thrown;
    // An earlier attempt may have run before the one that nobody picked up: look first.
    return (await activities.publishAnywhere(`${summary} from any host`).publish({ ...request, lookFirst: true }))!;
  }
}

async function fetchBack(
  input: TransferInput,
  file: Inspection,
  { relativePath, md5 }: UploadResult,
  activities: TransferActivities,
  view: ViewKeeper,
  timeLeftMs: () => number,
): Promise<FetchResult> {
  const { account, consumer, transferId } = input;
  const target = input.fetchTo === null ? null : `${input.fetchTo}/${file.name}`;
  const expected = { sizeBytes: file.sizeBytes, md5 };
  let lostRenewals = 0;
  let lostBytes = 0;
  const sent = view.now.urlRenewals;
  const result = await withSignedUrl(
    view,
    timeLeftMs,
    {
      request() {
        view.set({ step: 'request-download-url' });
        return activities
          .shared('ask for a download link')
          .requestDownloadUrl({ account, consumer, transferId, relativePath });
      },
      use(url) {
        view.set({ step: 'fetch' });
        return activities
          .io(`fetch ${file.name} back`)
          .fetch({ account, consumer, transferId, url, target, sourcePath: file.source, expected });
      },
    },
    (facts) => {
      lostRenewals += 1 + (facts.urlRenewals ?? 0);
      lostBytes += facts.bytesMoved ?? 0;
      view.set({ urlRenewals: sent + lostRenewals });
    },
  );
  return { ...result, urlRenewals: result.urlRenewals + lostRenewals, bytesFetched: result.bytesFetched + lostBytes };
}

/** The receipt of a published file; null before. */
export function receiptOf(input: TransferInput, progress: Progress, startedAt: string): Receipt | null {
  const { file, upload, published, opened, fetched } = progress;
  if (file === null || upload === null || published === null || opened === null) return null;
  return {
    transferId: input.transferId,
    source: file.source,
    host: input.host,
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
    urlRenewals: progress.lostRenewals + upload.urlRenewals + (fetched?.urlRenewals ?? 0),
    bytesSent: progress.lostBytesSent + upload.bytesSent,
    bytesFetched: fetched?.bytesFetched ?? 0,
    repeated: false,
    startedAt,
    finishedAt: new Date().toISOString(),
  };
}
