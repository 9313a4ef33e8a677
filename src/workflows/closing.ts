import { CancellationScope, CancelledFailure } from '@temporalio/workflow';
import type { Receipt, TransferError, TransferResult } from '../contract';
import { TransferActivities } from './activities';
import { errorOf, failWith, isCancellation, transferError } from './failures';
import { settlesAt } from './settling';
import { discardPart } from './steps/discard-part';
import { keepReceiptIfPossible } from './steps/keep-receipt';
import { receiptOf, type Published, type TransferRun } from './transfer-run';

/** Time for the last look for a message: earlier frames must settle first, and a worker may have to come back. */
const LOOK_WITHIN_MS = 180_000;

/** `unknown`: the look failed. */
type Found = Published | 'absent' | 'unknown';

/**
 * Closes a transfer that failed or was cancelled. Fails the workflow when surely nothing was published, so that the
 * same send starts again; otherwise returns a result.
 *
 * @throws {CancelledFailure | ApplicationFailure}
 */
export async function closeUnfinished(run: TransferRun, thrown: unknown): Promise<TransferResult> {
  const { view, steering } = run;
  steering.end();
  const cancelled = isCancellation(thrown);
  const error = cancelled ? transferError('CANCELLED', 'The transfer was cancelled.') : errorOf(thrown);
  const state = cancelled ? 'cancelled' : 'failed';
  const mayExist = mayMessageExist(run);
  const [found] = await CancellationScope.nonCancellable(() =>
    Promise.all([
      mayExist ? findMessage(run) : Promise.resolve<Found>('absent'),
      cancelled ? discardUnfinished(run) : null,
    ]),
  );
  if (!mayExist) {
    view.end({ state, error }, null);
    if (cancelled) throw thrown instanceof CancelledFailure ? thrown : new CancelledFailure(error.message);
    throw failWith(error);
  }
  const said = cancelled ? cancelledAfter(found) : failedAfter(error, found);
  const receipt = typeof found === 'object' ? await receiptAtTheEnd(run, found) : null;
  view.end({ state, error: said, published: receipt !== null, sequence: receipt?.sequence ?? null }, receipt);
  return { state, receipt, error: said };
}

function mayMessageExist({ publishState }: TransferRun): boolean {
  if (publishState.phase === 'publishing') return publishState.effect === 'unknown';
  return publishState.phase === 'published';
}

/** Looks for the message of a publish that was under way when the transfer ended. */
async function findMessage({ publishState, steering }: TransferRun): Promise<Found> {
  if (publishState.phase === 'published') return publishState.published;
  if (publishState.phase === 'unpublished') return 'absent';
  const { request, settling } = publishState;
  try {
    const look = { ...request, ...settling, ...settlesAt(settling.settledAt), lookFirst: true, lookOnly: true };
    const options = { summary: 'was the message published?', mayTakeLong: true };
    const message = await new TransferActivities(steering.host, () => LOOK_WITHIN_MS).anywhere(
      'publish',
      look,
      options,
    );
    return message === null ? 'absent' : { request, message };
  } catch {
    return 'unknown';
  }
}

async function receiptAtTheEnd({ input, steering }: TransferRun, found: Published): Promise<Receipt> {
  const receipt = receiptOf(found);
  if (!found.message.receiptKept) {
    await CancellationScope.nonCancellable(() => keepReceiptIfPossible(steering.host, receipt, input.sendKey ?? null));
  }
  return receipt;
}

async function discardUnfinished({ input, unfinishedTarget, steering }: TransferRun): Promise<void> {
  if (unfinishedTarget !== null) await discardPart(steering.host, input.account, unfinishedTarget);
}

const LOOK_YOURSELF = 'Look into the conversation; if the file is not there, send it with --again.';

/** The same send attaches to this transfer in every case. Only `--again` sends the file again. */
function cancelledAfter(found: Found): TransferError {
  if (found === 'absent') {
    const message = 'The transfer was cancelled; its message had not been published.';
    return transferError('CANCELLED', message, 'Send with --again to send it after all.');
  }
  if (found === 'unknown') {
    const message =
      'The transfer was cancelled while its message was being published; whether it arrived is not known.';
    return transferError('CANCELLED', message, LOOK_YOURSELF);
  }
  const { sequence } = found.message;
  const message = `The transfer was cancelled after the file had been published as message ${sequence}.`;
  return transferError('CANCELLED', message, 'Nothing to do: the message is there. --again sends another.');
}

function failedAfter({ code, message, remedy }: TransferError, found: Found): TransferError {
  if (found === 'unknown') {
    return { code, message: `${message} Whether the file was published before is not known.`, remedy: LOOK_YOURSELF };
  }
  if (found === 'absent') {
    return { code, message: `${message} The file was not published.`, remedy: `${remedy} Then send it with --again.` };
  }
  return { code, message, remedy };
}
