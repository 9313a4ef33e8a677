import { CancellationScope, CancelledFailure, log, patched } from '@temporalio/workflow';
import { activitiesOf } from './activity-options';
import type { PublishResult, Receipt, TransferError, TransferResult } from '../contract';
import { keepReceipt, RECEIPTS_KEPT } from './evidence';
import { errorOf, failWith, isCancellation, transferError } from './failures';
import { receiptOf, type Course } from './progress';
import { publishRequest } from './publishing';

/** Codes with which the service has answered that a publish did not happen. */
const SURELY_NOT_PUBLISHED: ReadonlySet<TransferError['code']> = new Set([
  'REQUEST_REFUSED',
  'CONVERSATION_CLOSED',
  'CONVERSATION_UNKNOWN',
  'NOT_PARTICIPANT',
  'TYPE_NOT_ALLOWED',
  'TOO_LARGE',
]);

/** How long the last look for a message may take: within it a worker or the service may come back. */
const LOOK_WITHIN_MS = 120_000;

/** `unknown`: nobody could say. */
type Found = PublishResult | 'absent' | 'unknown';

/**
 * Closes a transfer that did not get to its end. Fails (so that the same send starts anew) while surely nothing was
 * published; else returns what there is to say.
 *
 * @throws {CancelledFailure | ApplicationFailure}
 */
export async function closeUnfinished(course: Course, thrown: unknown): Promise<TransferResult> {
  const { progress, view, steering } = course;
  steering.end();
  const cancelled = isCancellation(thrown);
  const state = cancelled ? 'cancelled' : 'failed';
  const error = cancelled ? transferError('CANCELLED', 'The transfer was cancelled.') : errorOf(thrown);
  const surelyNot = !progress.publishTried || (progress.published === null && SURELY_NOT_PUBLISHED.has(error.code));
  const [found] = await CancellationScope.nonCancellable(() =>
    Promise.all([
      surelyNot ? Promise.resolve<Found>('absent') : findPublished(course),
      cancelled ? discardPart(course) : null,
    ]),
  );
  if (typeof found === 'object') progress.published = found;
  const { published } = progress;
  const said = cancelled && progress.publishTried ? cancelledAfter(found) : error;
  view.set({ state, error: said, published: published !== null, sequence: published?.sequence ?? null });
  if (surelyNot) {
    if (cancelled) throw thrown instanceof CancelledFailure ? thrown : new CancelledFailure(error.message);
    throw failWith(error);
  }
  const receipt = receiptOf(course);
  if (receipt !== null && patched(RECEIPTS_KEPT)) await CancellationScope.nonCancellable(() => keepIfPossible(receipt));
  return { state, receipt, error: said };
}

/** A transfer that ends because it was cancelled or failed does not wait for a disk: its result says what there is to say. */
async function keepIfPossible(receipt: Receipt): Promise<void> {
  try {
    await keepReceipt(receipt);
  } catch (thrown) {
    const { transferId } = receipt;
    log.warn('The receipt of a transfer that ended early could not be kept', {
      transferId,
      error: errorOf(thrown).message,
    });
  }
}

/** The same send attaches to this transfer, whatever was found: only `--again` sends another. */
function cancelledAfter(found: Found): TransferError {
  if (found === 'absent') {
    const message = 'The transfer was cancelled; its message had not been published.';
    return transferError('CANCELLED', message, 'Send with --again to send it after all.');
  }
  if (found === 'unknown') {
    const message =
      'The transfer was cancelled while its message was being published; whether it arrived is not known.';
    return transferError('CANCELLED', message, 'Look into the conversation; if it is not there, send with --again.');
  }
  const message = `The transfer was cancelled after the file had been published as message ${found.sequence}.`;
  return transferError('CANCELLED', message, 'Nothing to do: the message is there. --again sends another.');
}

/** A publish was under way when the transfer ended: did its message get there? */
async function findPublished(course: Course): Promise<Found> {
  const { input, progress, steering } = course;
  if (progress.published !== null) return progress.published;
  // The conversation was found closed and looked through; no publish has been tried in another one.
  if (progress.opened === null) return 'absent';
  try {
    const look = activitiesOf(steering.host, () => LOOK_WITHIN_MS).shared('was the message published?');
    return (await look.publish({ ...publishRequest(course), lookFirst: true, lookOnly: true })) ?? 'absent';
  } catch (thrown) {
    const { transferId } = input;
    log.warn('Could not find out whether the message was published', { transferId, error: errorOf(thrown).code });
    return 'unknown';
  }
}

/** What a cancelled fetch has left beside its target goes away; a file that is complete stays. */
async function discardPart({ input, progress, steering }: Course): Promise<void> {
  if (progress.fetchingTo === null || progress.fetched !== null) return;
  await tidy(steering.host, input.account, progress.fetchingTo);
}

export async function tidy(host: string, account: string, target: string): Promise<void> {
  try {
    await activitiesOf(host, () => LOOK_WITHIN_MS)
      .tidy(`remove the part of ${target}`)
      .discardPart({ account, target });
  } catch (thrown) {
    log.warn('The part of a cancelled fetch could not be removed', { target, error: errorOf(thrown).code });
  }
}
