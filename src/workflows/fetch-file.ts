import { CancelledFailure, workflowInfo } from '@temporalio/workflow';
import { activitiesOf } from './activity-options';
import type { FetchInput, FetchResult, Receipt, TransferResult } from './contract';
import { errorOf, failWith, isCancellation } from './failures';
import { withSignedUrl } from './signed-url-loop';
import { keepView } from './view';

/** `ferry fetch`: asks for a download link and fetches one file to this host. */
export async function fetchFile(input: FetchInput): Promise<TransferResult> {
  const { transferId, account, consumer, relativePath, target, expected } = input;
  const startedAt = workflowInfo().startTime;
  const timeLeftMs = () => Math.max(1000, startedAt.getTime() + input.deadlineMs - Date.now());
  const view = keepView(
    {
      transferId,
      account,
      consumer,
      host: input.host,
      source: relativePath,
      sizeBytes: expected?.sizeBytes ?? null,
      step: 'request-download-url',
    },
    ['request-download-url', 'fetch'],
  );
  const activities = activitiesOf(input.host, timeLeftMs);
  let lostRenewals = 0;
  try {
    const fetched = await withSignedUrl(
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
            .io(`fetch to ${target}`)
            .fetch({ account, consumer, transferId, url, target, sourcePath: sourceOnThisHost(input), expected });
        },
      },
      (facts) => {
        lostRenewals += 1 + (facts.urlRenewals ?? 0);
        view.set({ urlRenewals: lostRenewals });
      },
    );
    view.set({ state: 'done', urlRenewals: lostRenewals + fetched.urlRenewals });
    return { state: 'done', receipt: receiptOf(input, fetched, lostRenewals, startedAt), error: null };
  } catch (thrown) {
    if (isCancellation(thrown)) {
      view.set({ state: 'cancelled' });
      throw thrown instanceof CancelledFailure ? thrown : new CancelledFailure('The fetch was cancelled.');
    }
    const error = errorOf(thrown);
    view.set({ state: 'failed', error });
    throw failWith(error);
  }
}

function sourceOnThisHost(input: FetchInput): string | null {
  return input.of !== null && input.of.host === input.host ? input.of.source : null;
}

function receiptOf(input: FetchInput, fetched: FetchResult, lostRenewals: number, startedAt: Date): Receipt {
  const { of } = input;
  return {
    transferId: input.transferId,
    source: of?.source ?? input.relativePath,
    host: input.host,
    account: input.account,
    consumer: input.consumer,
    conversationId: of?.conversationId ?? null,
    dialogId: of?.dialogId ?? null,
    relativePath: input.relativePath,
    sequence: of?.sequence ?? null,
    caption: of?.caption ?? '',
    fileType: of?.fileType ?? input.relativePath.split('.').at(-1)!.toUpperCase(),
    sizeBytes: fetched.sizeBytes,
    md5: fetched.md5,
    sha256: fetched.sha256,
    fetchedTo: fetched.fetchedTo,
    urlRenewals: lostRenewals + fetched.urlRenewals,
    bytesSent: 0,
    bytesFetched: fetched.bytesFetched,
    repeated: false,
    startedAt: startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
  };
}
