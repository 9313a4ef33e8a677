import { CancellationScope, CancelledFailure, log, workflowInfo } from '@temporalio/workflow';
import { activitiesOf } from './activity-options';
import type { PublishResult, TransferError, TransferInput, TransferResult } from './contract';
import { errorOf, failWith, isCancellation, transferError } from './failures';
import { newProgress, receiptOf, transferFile, type Progress } from './transfer-file';
import { keepView, type ViewKeeper } from './view';

/** Codes with which the service has answered that a publish did not happen. */
const SURELY_NOT_PUBLISHED: ReadonlySet<TransferError['code']> = new Set([
  'REQUEST_REFUSED',
  'CONVERSATION_CLOSED',
  'CONVERSATION_UNKNOWN',
  'NOT_PARTICIPANT',
  'FILE_SHARING_OFF',
  'TYPE_NOT_ALLOWED',
  'TOO_LARGE',
]);

/**
 * One file's way through all its steps.
 *
 * How it closes decides what the same send does later: failed or cancelled while surely nothing was published, the same
 * send starts anew; in every other case it closes as completed, and the same send attaches to it.
 */
export async function transfer(input: TransferInput): Promise<TransferResult> {
  const startedAt = workflowInfo().startTime;
  const timeLeftMs = () => Math.max(1000, startedAt.getTime() + input.deadlineMs - Date.now());
  const progress = newProgress();
  const view = keepView({
    transferId: input.transferId,
    account: input.account,
    consumer: input.consumer,
    host: input.host,
    source: input.source.path,
    sizeBytes: input.source.sizeBytes,
    step: 'inspect',
  });
  try {
    await transferFile(input, progress, view, timeLeftMs);
    view.set({ state: 'done' });
    return { state: 'done', receipt: receiptOf(input, progress, startedAt.toISOString()), error: null };
  } catch (thrown) {
    return await closeUnfinished(input, progress, view, thrown);
  }
}

async function closeUnfinished(
  input: TransferInput,
  progress: Progress,
  view: ViewKeeper,
  thrown: unknown,
): Promise<TransferResult> {
  const cancelled = isCancellation(thrown);
  const state = cancelled ? 'cancelled' : 'failed';
  const error = cancelled ? transferError('CANCELLED', 'The transfer was cancelled.') : errorOf(thrown);
  if (progress.publishTried && progress.published === null && !SURELY_NOT_PUBLISHED.has(error.code)) {
    progress.published = await CancellationScope.nonCancellable(() => findPublished(input, progress));
  }
  view.set({ state, error, published: progress.published !== null, sequence: progress.published?.sequence ?? null });
  if (!progress.publishTried || (progress.published === null && SURELY_NOT_PUBLISHED.has(error.code))) {
    if (cancelled) throw thrown instanceof CancelledFailure ? thrown : new CancelledFailure(error.message);
    throw failWith(error);
  }
  const said = cancelled && progress.published !== null ? afterPublish(progress.published) : error;
  return { state, receipt: receiptOf(input, progress, view.now.startedAt), error: said };
}

function afterPublish({ sequence }: PublishResult): TransferError {
  return transferError(
    'CANCELLED',
    `The transfer was cancelled after the file had been published as message ${sequence}.`,
  );
}

/** A publish was under way when the transfer ended: did its message get there? Null also when nobody can say. */
async function findPublished(input: TransferInput, progress: Progress): Promise<PublishResult | null> {
  const { file, upload, opened } = progress;
  if (file === null || upload === null || opened === null) return null;
  const { account, consumer, transferId, caption } = input;
  try {
    return await activitiesOf(input.host, () => 120_000)
      .shared('was the message published?')
      .publish({
        account,
        consumer,
        transferId,
        opened,
        file,
        relativePath: upload.relativePath,
        caption,
        lookFirst: true,
        lookOnly: true,
      });
  } catch (thrown) {
    log.warn('Could not find out whether the message was published', { transferId, error: errorOf(thrown).code });
    return null;
  }
}
