import { CancellationScope, CancelledFailure, workflowInfo } from '@temporalio/workflow';
import { acceptCommands } from './commands';
import { askedOf, WORKFLOW, type FetchInput, type FetchResult, type Receipt, type TransferResult } from '../contract';
import { errorOf, failWith, isCancellation, transferError } from './failures';
import { checkedStart } from './inputs';
import { CommandRecord, keepRequest, startEntry } from './record';
import { noFailedRounds, type FailedRounds } from './failed-rounds';
import { Steering } from './steering';
import { discardPart } from './steps/discard-part';
import { fetchFile as fetchObject, type FetchOrder } from './steps/fetch';
import { keepReceipt } from './steps/keep-receipt';
import { tellOf } from './tell';
import { keepView } from './view';

/** `ferry fetch`: asks for a download link and fetches one file to this host. */
export async function fetchFile(given: FetchInput): Promise<TransferResult> {
  const input = checkedStart(WORKFLOW.fetch, given);
  const { transferId, account, consumer, host, relativePath, target, expected, deadlineMs } = input;
  const view = keepView(
    {
      transferId,
      account,
      consumer,
      host,
      source: relativePath,
      sizeBytes: expected?.sizeBytes ?? null,
      step: 'request-download-url',
    },
    ['request-download-url', 'fetch'],
  );
  const startedAtMs = workflowInfo().startTime.getTime();
  // A fetch can move to any host, because it needs no data of its former host.
  const steering = new Steering({
    host,
    deadlineMs,
    startedAtMs,
    view,
    arrive: () => Promise.resolve(),
    onParked: (error) => void tellOf('parked', input, error),
  });
  const subject = { transferId, account, consumer, source: relativePath };
  const record = new CommandRecord(subject, () => steering.host);
  acceptCommands(steering, view, record);
  const entry = startEntry('fetch', { ...subject, host, ...askedOf(input) });
  const failed = noFailedRounds();
  let fetching = false;
  try {
    if (entry !== undefined) await steering.runStep(() => keepRequest(steering.activities(), entry));
    const fetched = await steering.runStep(() => {
      fetching = true;
      return fetchObject(orderOf(input), { steering, view }, failed);
    });
    const receipt = receiptOf(input, fetched, failed, steering.host, view.now.startedAt);
    await steering.runStep(() => keepReceipt(steering.activities(), receipt, undefined));
    view.end({ state: 'done' }, receipt);
    return { state: 'done', receipt, error: null };
  } catch (thrown) {
    steering.end();
    if (isCancellation(thrown)) {
      if (fetching) await CancellationScope.nonCancellable(() => discardPart(steering.host, account, target));
      view.end({ state: 'cancelled', error: transferError('CANCELLED', 'The fetch was cancelled.') }, null);
      throw thrown instanceof CancelledFailure ? thrown : new CancelledFailure('The fetch was cancelled.');
    }
    const error = errorOf(thrown);
    view.end({ state: 'failed', error }, null);
    await tellOf('failed', input, error);
    throw failWith(error);
  } finally {
    await record.settled();
  }
}

function orderOf({ transferId, account, consumer, relativePath, target, expected }: FetchInput): FetchOrder {
  return {
    transferId,
    account,
    consumer,
    relativePath,
    target,
    expected,
    summary: `fetch to ${target}`,
    renewedBefore: 0,
  };
}

function receiptOf(
  input: FetchInput,
  fetched: FetchResult,
  failed: FailedRounds,
  host: string,
  startedAt: string,
): Receipt {
  const { of } = input;
  return {
    transferId: input.transferId,
    source: of?.source ?? input.relativePath,
    host,
    account: input.account,
    consumer: input.consumer,
    conversationId: of?.conversationId ?? null,
    dialogId: of?.dialogId ?? null,
    relativePath: input.relativePath,
    sequence: of?.sequence ?? null,
    caption: of?.caption ?? '',
    fileType: of?.fileType ?? fileTypeOf(input.relativePath),
    sizeBytes: fetched.sizeBytes,
    md5: fetched.md5,
    sha256: fetched.sha256,
    verified: fetched.verified ?? true,
    fetchedTo: fetched.fetchedTo,
    urlRenewals: failed.renewals + fetched.urlRenewals,
    bytesSent: 0,
    bytesFetched: failed.bytes + fetched.bytesFetched,
    repeated: false,
    startedAt,
    finishedAt: new Date().toISOString(),
    ...askedOf(input),
  };
}

/** Without a receipt, the type comes from the ending of the object's name. */
function fileTypeOf(relativePath: string): string {
  return relativePath.slice(relativePath.lastIndexOf('.') + 1).toUpperCase();
}
