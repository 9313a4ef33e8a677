import { CancellationScope, CancelledFailure, patched } from '@temporalio/workflow';
import type { PublishResult, TransferError, TransferResult } from '../contract';
import { TransferActivities } from './activities';
import { errorOf, failWith, isCancellation, transferError } from './failures';
import { discardPart } from './steps/discard-part';
import { keepReceiptIfPossible, RECEIPTS_KEPT } from './steps/keep-receipt';
import { receiptOf, type TransferRun } from './transfer-run';

/** Codes with which the service has answered that a publish did not happen. */
const SURELY_NOT_PUBLISHED: ReadonlySet<TransferError['code']> = new Set([
  'REQUEST_REFUSED',
  'CONVERSATION_CLOSED',
  'CONVERSATION_UNKNOWN',
  'NOT_PARTICIPANT',
  'TYPE_NOT_ALLOWED',
  'TOO_LARGE',
]);

/** How long the last look for a message may take: a worker or the service may come back within this time. */
const LOOK_WITHIN_MS = 120_000;

/** `unknown`: the look failed. */
type Found = PublishResult | 'absent' | 'unknown';

/**
 * Closes a transfer that did not reach its end. Fails (so that the same send starts anew) while surely nothing was
 * published; else returns what there is to say.
 *
 * @throws {CancelledFailure | ApplicationFailure}
 */
export async function closeUnfinished(run: TransferRun, thrown: unknown): Promise<TransferResult> {
  const { view, steering } = run;
  steering.end();
  const cancelled = isCancellation(thrown);
  const state = cancelled ? 'cancelled' : 'failed';
  const error = cancelled ? transferError('CANCELLED', 'The transfer was cancelled.') : errorOf(thrown);
  const publishTried = run.publishState.phase !== 'unpublished';
  const surelyNot = !publishTried || (run.publishState.phase !== 'published' && SURELY_NOT_PUBLISHED.has(error.code));
  const [found] = await CancellationScope.nonCancellable(() =>
    Promise.all([
      surelyNot ? Promise.resolve<Found>('absent') : findPublished(run),
      cancelled ? discardUnfinished(run) : null,
    ]),
  );
  const published = typeof found === 'object' ? found : null;
  const said = cancelled && publishTried ? cancelledAfter(found) : error;
  view.set({ state, error: said, published: published !== null, sequence: published?.sequence ?? null });
  if (surelyNot) {
    if (cancelled) throw thrown instanceof CancelledFailure ? thrown : new CancelledFailure(error.message);
    throw failWith(error);
  }
  const receipt = receiptOf(run, null);
  if (receipt !== null && patched(RECEIPTS_KEPT)) {
    await CancellationScope.nonCancellable(() => keepReceiptIfPossible(receipt));
  }
  return { state, receipt, error: said };
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

/** Looks for the message of a publish that was under way when the transfer ended. */
async function findPublished(run: TransferRun): Promise<Found> {
  const { publishState, steering } = run;
  if (publishState.phase === 'published') return publishState.message;
  if (publishState.phase !== 'publishing') return 'absent';
  const { request, sent } = publishState;
  try {
    const activities = new TransferActivities(steering.host, () => LOOK_WITHIN_MS);
    const message = await activities.findMessage(request);
    if (message === null) return 'absent';
    run.publishState = { phase: 'published', message, request, sent };
    return message;
  } catch {
    return 'unknown';
  }
}

async function discardUnfinished({ input, unfinishedTarget, steering }: TransferRun): Promise<void> {
  if (unfinishedTarget !== null) await discardPart(steering.host, input.account, unfinishedTarget);
}
